// Loaded with `node --import`: writes the URL of every module that is resolved to the file LOAD_LOG.
import { appendFileSync } from 'node:fs';
import { register } from 'node:module';

const hooks = `
import { appendFileSync } from 'node:fs';
export async function resolve(specifier, context, next) {
  const found = await next(specifier, context);
  appendFileSync(process.env.LOAD_LOG, found.url + '\\n');
  return found;
}`;
appendFileSync(process.env.LOAD_LOG, '');
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
