#!/usr/bin/env node
// Older releases fail later, in the middle of something, with a message that explains nothing.
const [major, minor, patch] = process.versions.node.split('.').map(Number);
const isNewEnough = major > 20 || (major === 20 && (minor > 18 || (minor === 18 && patch >= 1)));
if (!isNewEnough) {
  process.stderr.write(`vlog-dr needs Node.js 20.18.1 or newer; this is ${process.versions.node}.\n`);
  process.exit(2);
}
const { runAsProcess } = await import('../dist/main.js');
await runAsProcess(process.argv.slice(2));
