/** Exec, attach and port-forward through containerd's streaming server, and `execSync`. */
import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { Channels } from "../../src/machinery/door.ts";
import { hasCode } from "../../adapters/containerd/grpc.ts";
import { HUNG } from "../hung.ts";
import { openTestNode, whyNoContainers } from "./test-node.ts";
import type { Running, TestNode } from "./test-node.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const [STDIN, STDOUT, STDERR, ERROR, RESIZE] = [0, 1, 2, 3, 4];

/** Reads all channels to their end; the error channel as the Status that it carries. */
async function read(channels: Channels): Promise<{ stdout: string; stderr: string; status: unknown }> {
  const texts = ["", "", "", ""];
  for await (const { channel, bytes } of channels.frames) texts[channel] += Buffer.from(bytes).toString();
  await channels.close();
  return {
    stdout: texts[STDOUT]!,
    stderr: texts[STDERR]!,
    status: texts[ERROR] ? JSON.parse(texts[ERROR]) : undefined,
  };
}

/** Reads until `wanted` has come on stdout; gives what came. */
async function readUntil(
  frames: AsyncIterator<{ channel: number; bytes: Uint8Array }>,
  wanted: string,
): Promise<string> {
  let text = "";
  while (!text.includes(wanted)) {
    const { value, done } = await frames.next();
    if (done) throw new Error(`the stream ended after ${JSON.stringify(text)}`);
    if (value.channel === STDOUT) text += Buffer.from(value.bytes).toString();
  }
  return text;
}

const problem = await whyNoContainers();
suite("streams of real containers", { skip: problem, timeout: HUNG }, () => {
  let node: TestNode;
  let box: Running;
  before(async () => {
    node = await openTestNode();
    // Listens on the pod's loopback only.
    const serve = "echo hello >/tmp/index.html; busybox httpd -p 127.0.0.1:8080 -h /tmp";
    const echo = "while read line; do echo got $line; done; sleep 3600";
    box = await node.run("box", ["sh", "-c", `${serve}; ${echo}`], { stdin: true });
  });
  after(() => node?.[Symbol.asyncDispose]());
  const exec = (command: readonly string[], more: { stdin?: boolean; tty?: boolean } = {}): Promise<Channels> =>
    node.runtime.exec(box.container, {
      command,
      stdin: false,
      stdout: true,
      stderr: !more.tty,
      tty: false,
      ...more,
    });

  test("exec keeps stdout and stderr apart and reports success", async () => {
    const { stdout, stderr, status } = await read(await exec(["sh", "-c", "echo out; echo err >&2"]));
    assert.deepEqual({ stdout, stderr }, { stdout: "out\n", stderr: "err\n" });
    assert.equal((status as { status: string }).status, "Success");
  });

  test("exec reports the exit code as a Status", async () => {
    const { status } = await read(await exec(["sh", "-c", "exit 42"]));
    const { reason, details } = status as { reason: string; details: { causes: unknown[] } };
    assert.equal(reason, "NonZeroExitCode");
    assert.deepEqual(details.causes, [{ reason: "ExitCode", message: "42" }]);
  });

  test("ending stdin lets the command see the end and still answer", async () => {
    const channels = await exec(["sh", "-c", "cat; echo end"], { stdin: true });
    await channels.send({ channel: STDIN, bytes: encode("hello\n") });
    await channels.send({ channel: STDIN, bytes: encode("again\n"), end: true });
    const { stdout, status } = await read(channels);
    assert.equal(stdout, "hello\nagain\nend\n");
    assert.equal((status as { status: string }).status, "Success");
  });

  test("a large stream arrives whole", async () => {
    const size = 3_000_000;
    const { stdout } = await read(await exec(["sh", "-c", `busybox yes | busybox head -c ${size}`]));
    assert.equal(stdout.length, size);
  });

  test("a terminal has one stream and takes its size from the resize channel", async () => {
    // The size follows once the command runs; until then stty has nothing to show.
    const asked = "until stty size 2>/dev/null | busybox grep .; do sleep 0.1; done; echo bye";
    const channels = await exec(["sh", "-c", asked], { stdin: true, tty: true });
    await channels.send({ channel: RESIZE, bytes: encode('{"Width":123,"Height":45}') });
    assert.match(await readUntil(channels.frames[Symbol.asyncIterator](), "bye"), /45 123\r\n/);
    await channels.close();
  });

  test("exec of a missing program fails with the runtime's words", async () => {
    const { status } = await read(await exec(["/no/such/program"]));
    assert.match((status as { message: string }).message, /no such file or directory/);
  });

  test("exec in an unknown container is not found", async () => {
    const options = { command: ["true"], stdin: false, stdout: true, stderr: true, tty: false };
    await assert.rejects(node.runtime.exec("nothing", options), (error) => hasCode(error, "NotFound"));
  });

  test("execSync gives both streams and the exit code", async () => {
    const { stdout, stderr, exitCode } = await node.runtime.execSync(
      box.container,
      ["sh", "-c", "echo a; echo b >&2; exit 3"],
      5,
    );
    assert.deepEqual([Buffer.from(stdout).toString(), Buffer.from(stderr).toString(), exitCode], ["a\n", "b\n", 3]);
  });

  test("execSync stops a command that takes too long", async () => {
    const call = node.runtime.execSync(box.container, ["sleep", "60"], 1);
    await assert.rejects(call, (error) => hasCode(error, "DeadlineExceeded"));
  });

  test("attach reaches the container's own process, and leaving it does not end it", async () => {
    const options = { stdin: true, stdout: true, stderr: true, tty: false };
    for (const word of ["one", "two"]) {
      const channels = await node.runtime.attach(box.container, options);
      await channels.send({ channel: STDIN, bytes: encode(`${word}\n`) });
      assert.match(await readUntil(channels.frames[Symbol.asyncIterator](), `got ${word}`), /got/);
      await channels.close();
    }
    assert.equal((await node.runtime.containerStatus(box.container)).state, "RUNNING");
  });

  test("port-forward reaches a listener on the pod's loopback, on several connections", async () => {
    const channels = await node.runtime.portForward(box.sandbox, [8080]);
    const frames = channels.frames[Symbol.asyncIterator]();
    for (const channel of [0, 2, 4]) {
      await channels.send({ channel, bytes: new Uint8Array(0), port: 8080 });
      await channels.send({ channel, bytes: encode("GET / HTTP/1.0\r\n\r\n") });
      let answer = "";
      for (let ended = false; !ended;) {
        const { value, done } = await frames.next();
        assert.ok(!done, "the connection is still there");
        if (value.channel === channel + 1) assert.equal(Buffer.from(value.bytes).toString(), "");
        if (value.channel !== channel) continue;
        answer += Buffer.from(value.bytes).toString();
        ended = value.end ?? false;
      }
      assert.match(answer, /200 OK[^]*hello\n$/);
    }
    await channels.close();
  });

  test("port-forward to a port where nobody listens says so on the error channel", async () => {
    const channels = await node.runtime.portForward(box.sandbox, [9]);
    await channels.send({ channel: 0, bytes: new Uint8Array(0), port: 9 });
    for await (const { channel, bytes } of channels.frames) {
      if (channel === 1 && bytes.length > 0) {
        assert.match(Buffer.from(bytes).toString(), /connection refused/);
        await channels.close();
        return;
      }
    }
    assert.fail("nothing came on the error channel");
  });

  test("an aborted signal ends the streams", async () => {
    const leave = new AbortController();
    const channels = await node.runtime.exec(box.container, {
      command: ["sleep", "3600"],
      stdin: false,
      stdout: true,
      stderr: true,
      tty: false,
      signal: leave.signal,
    });
    setImmediate(() => leave.abort());
    assert.equal((await read(channels)).status, undefined);
  });
});
