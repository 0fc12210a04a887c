// Loaded with `node --import`: kills this very process, as kill -9 would, right after the Nth record of a run's
// journal is durable. The shipped code has no hook for it.
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const last = Number(process.env.TEST_KILL_AT_RECORD);
const { open } = fs;
let records = 0;

fs.open = async (path, ...rest) => {
  const file = await open(path, ...rest);
  if (!String(path).endsWith('journal.jsonl')) return file;
  const datasync = file.datasync.bind(file);
  file.datasync = async () => {
    await datasync();
    records += 1;
    if (records === last) process.kill(process.pid, 'SIGKILL');
  };
  return file;
};
syncBuiltinESMExports();
