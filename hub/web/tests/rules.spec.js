// The lint itself: what it is to find, it finds.

import { expect, test } from '@playwright/test';
import { ESLint } from 'eslint';

const FORBIDDEN = [
  'element.innerHTML = text;',
  "element['innerHTML'] = text;",
  'element.outerHTML = text;',
  "element.insertAdjacentHTML('beforeend', text);",
  "h('p', { innerHTML: text });",
  "new DOMParser().parseFromString(text, 'text/html');",
  'document.write(text);',
  'eval(text);',
  "setTimeout('go()', 1);",
  "element.setAttribute('style', text);",
  "element.setAttribute('onclick', text);",
  "element.style.cssText = 'color: red';",
  "document.createElement('script');",
  "link.href = 'javascript:go()';",
];
const ALLOWED = ["element.style.width = '3px';", 'element.textContent = text;', "element.setAttribute('aria-label', text);"];

for (const [lines, found] of /** @type {const} */ ([[FORBIDDEN, true], [ALLOWED, false]])) {
  for (const line of lines) {
    test(`${found ? 'forbidden' : 'allowed'}: ${line}`, async () => {
      const [result] = await new ESLint({ cwd: new URL('..', import.meta.url).pathname }).lintText(`${line}\n`, { filePath: 'lib/x.js' });
      expect(result.errorCount + result.fatalErrorCount > 0).toBe(found);
    });
  }
}
