#!/usr/bin/env node
import module from 'node:module';

// Older releases fail later, in the middle of something, with a message that explains nothing.
const [major, minor, patch] = process.versions.node.split('.').map(Number);
const isNewEnough = major > 20 || (major === 20 && (minor > 18 || (minor === 18 && patch >= 1)));
if (!isNewEnough) {
  process.stderr.write(`vlog-dr needs Node.js 20.18.1 or newer; this is ${process.versions.node}.\n`);
  process.exit(2);
}
// Node 22 and later keep compiled code from one start to the next. In the user's own directory: what lies in a shared one
// could have been put there by anybody.
const { env } = process;
const cache = env.XDG_CACHE_HOME || (env.HOME && `${env.HOME}/.cache`);
if (cache) module.enableCompileCache?.(`${cache}/vlog-dr/compiled`);
const { runAsProcess } = await import('../dist/bundle/main.js');
await runAsProcess(process.argv.slice(2));
