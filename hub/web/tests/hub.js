// A real picket-hub in a fresh data directory, and a real picket-node. Nothing here sleeps for luck: it asks until what it waits for is so.

import { spawn, spawnSync } from "node:child_process";
import { openSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const PROGRAMS = resolve(process.env.PICKET_PROGRAMS ?? new URL("../../../target/debug", import.meta.url).pathname);
const PATIENCE = 120_000;
/** Everybody's. */
export const PASSWORD = "correct horse battery";

/** The first truthy value of `look`. @template T @param {() => Promise<T> | T} look @param {string} what @returns {Promise<NonNullable<T>>} */
export async function until(look, what) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (end < Date.now()) throw new Error(`waited in vain for ${what}`);
    await new Promise((again) => setTimeout(again, 100));
  }
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((found, failed) => {
    const server = createServer().once("error", failed).listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => found(typeof address === "object" && address ? address.port : 0));
    });
  });
}

export class Hub {
  /** @type {import("node:child_process").ChildProcess | null} */
  #child = null;
  /** @type {import("node:child_process").ChildProcess[]} */
  #others = [];

  /** @param {string} folder @param {number} port @param {number} page */
  constructor(folder, port, page) {
    this.folder = folder;
    /** With which programs ask, once there are users. @type {string | null} */
    this.token = null;
    this.address = `tcp://127.0.0.1:${port}`;
    this.page = `http://127.0.0.1:${page}`;
    this.web = page;
  }

  static async start() {
    const hub = new Hub(await mkdtemp(join(tmpdir(), "picket-page-")), await freePort(), await freePort());
    await writeFile(hub.config, JSON.stringify({
      hub: { name: "Farmhouse", listen: hub.address, data_directory: join(hub.folder, "data") }, web: { listen: `127.0.0.1:${hub.web}` },
      labels: { "Orchard Gate": { moving: "visitor" } } }));
    await hub.up();
    return hub;
  }

  get config() {
    return join(this.folder, "hub.yaml");
  }

  get #env() {
    return { ...process.env, TZ: "Europe/Berlin", HOME: this.folder, XDG_STATE_HOME: join(this.folder, "state") };
  }

  /** @param {string} name @param {string[]} args */
  #run(name, args) {
    const said = openSync(join(this.folder, `${name}.txt`), "a");
    return spawn(join(PROGRAMS, name), args, { stdio: ["ignore", said, said], env: this.#env });
  }

  /** What `picket-hub` prints that is started beside the one that runs. @param {string[]} args @param {string} [input] */
  command(args, input = "") {
    const { status, stdout, stderr } = spawnSync(join(PROGRAMS, "picket-hub"), [...args, "--config", this.config], { input, env: this.#env, encoding: "utf8" });
    if (status !== 0) throw new Error(`picket-hub ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  }

  /** Adds users as people do it, the first of them an admin, and waits until the hub asks who is there. @param {string[][]} users name and options */
  async addUsers(users) {
    for (const user of users) this.command(["user", "add", ...user], `${PASSWORD}\n`);
    this.token = this.command(["user", "token", users[0]?.[0] ?? "", "--for", "tests", "--role", "admin"]).trim();
    await until(async () => (await fetch(`${this.page}/api/hub`)).status === 401, "the hub to ask who is there");
    await until(() => this.get("/api/hub").catch(() => null), "the hub to know the token");
  }

  /** Starts it, and waits until it answers. */
  async up() {
    const child = this.#run("picket-hub", ["run", this.config]);
    this.#child = child;
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`picket-hub has stopped: ${this.said("picket-hub")}`);
      return fetch(`${this.page}/api/hub`).then((answer) => answer.ok, () => false);
    }, "the hub to answer");
  }

  /** Stops it as systemd would. */
  async down() {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGTERM");
    await ended;
  }

  /** @param {string} program */
  said(program) {
    return readFileSync(join(this.folder, `${program}.txt`), "utf8").slice(-3000);
  }

  /** @param {string} path @returns {Promise<any>} */
  async get(path) {
    const answer = await fetch(this.page + path, { headers: this.token ? { authorization: `Bearer ${this.token}` } : {} });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** Sends so many events of one view, a minute apart, each with one picture. @param {string} node @param {string} view @param {number} events */
  async pour(node, view, events) {
    await this.send([{ pour: node, view, events }]);
  }

  /** Sends messages with Python, each answered. @param {object[]} messages */
  async send(messages) {
    const child = this.#python();
    child.stdin?.end(messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
    const status = await new Promise((done) => child.once("exit", done));
    if (status !== 0) throw new Error(`send.py ended with status ${status}: ${this.said("send")}`);
  }

  /** Two machines under one name, until the hub is put away. @param {string} name */
  twins(name) {
    const child = this.#python();
    child.stdin?.write(`${JSON.stringify({ twins: name })}\n`);
    this.#others.push(child);
  }

  #python() {
    const said = openSync(join(this.folder, "send.txt"), "a");
    return spawn("python3", [new URL("send.py", import.meta.url).pathname, this.address], { stdio: ["pipe", said, said] });
  }

  /** A node that watches the generated scene: somebody walks through it now and then. @param {string} name */
  async node(name) {
    const path = join(this.folder, "node.yaml");
    await writeFile(path, JSON.stringify({ node: { name }, hub: { connect: this.address }, spool: { directory: join(this.folder, "spool") },
      cameras: [{ view: "Scene", source: { kind: "pattern", framerate: 5 }, detectors: [{ kind: "motion", min_area: 3 }] }] }));
    this.#others.push(this.#run("picket-node", ["run", path]));
  }

  async putAway() {
    for (const child of this.#others) {
      child.stdin?.end();
      child.kill("SIGTERM");
    }
    await this.down();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
