// Loaded with `node --import`: right after the Nth record of a run's journal is durable (of those with a given text in
// them, if one is given), this very process is killed, as by kill -9, or held until the test says so on descriptor 3. The
// shipped code has no hook for it.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const at = Number(process.env.TEST_AT_RECORD);
const isHeld = process.env.TEST_AT_RECORD_DO === 'hold';
const like = process.env.TEST_AT_RECORD_LIKE ?? '';
const { open } = fs;
let records = 0;

fs.open = async (path, ...rest) => {
  const file = await open(path, ...rest);
  if (!String(path).endsWith('journal.jsonl')) return file;
  const datasync = file.datasync.bind(file);
  const appendFile = file.appendFile.bind(file);
  let written = '';
  file.appendFile = async (text) => {
    await appendFile(text);
    written = String(text);
  };
  file.datasync = async () => {
    await datasync();
    if (!written.includes(like)) return;
    records += 1;
    if (records !== at) return;
    if (isHeld) await told();
    else process.kill(process.pid, 'SIGKILL');
  };
  return file;
};
syncBuiltinESMExports();

function told() {
  const test = new net.Socket({ fd: 3 });
  test.write('here');
  return new Promise((resolve) => {
    test.once('data', () => {
      test.destroy();
      resolve();
    });
  });
}
