// What the page's code may not contain. Names and texts come from the network: whatever could turn one of them into markup,
// a script or a style is forbidden here, however it is written. Types are tsc's business, not this file's.

const MARKUP = 'innerHTML|outerHTML|insertAdjacentHTML|srcdoc|setHTMLUnsafe|createContextualFragment|DOMParser';
const why = 'names and texts come from the network and are never markup: use h() of lib/dom.js';
const styles = 'the page forbids inline styles and scripts: use a class, or element.style.x = ...';

/** @param {string} selector @param {string} message */
const forbid = (selector, message) => ({ selector, message });

/** @type {import('eslint').Linter.Config[]} */
export default [
  { linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true } },
  // Without these, no-implied-eval takes them for functions of somebody's own.
  { languageOptions: { globals: { setTimeout: 'readonly', setInterval: 'readonly' } } },
  {
    rules: {
      'no-restricted-syntax': [
        'error',
        forbid(`Identifier[name=/^(${MARKUP})$/]`, why),
        forbid(`Literal[value=/^(${MARKUP})$/]`, why),
        forbid("CallExpression[callee.object.name='document'][callee.property.name=/^write(ln)?$/]", why),
        forbid('CallExpression[callee.property.name=/^setAttribute(NS)?$/] > Literal[value=/^(style|on.*)$/i]', styles),
        forbid("MemberExpression[property.name='cssText']", styles),
        forbid("AssignmentExpression[left.property.name='style']", styles),
        forbid("CallExpression[callee.property.name='createElement'] > Literal[value=/^(script|iframe|object|embed)$/i]", why),
        forbid('Literal[value=/^\\s*javascript:/i]', why),
      ],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-script-url': 'error',
      'array-callback-return': 'error',
      'eqeqeq': 'error',
      'no-alert': 'error',
      'no-console': ['error', { allow: ['error'] }],
      'no-constant-condition': ['error', { checkLoops: false }],
      'no-fallthrough': 'error',
      'no-loss-of-precision': 'error',
      'no-self-compare': 'error',
      'no-throw-literal': 'error',
      'no-unreachable': 'error',
      'no-unused-expressions': 'error',
      'no-unused-vars': 'error',
      'no-useless-return': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
    },
  },
];
