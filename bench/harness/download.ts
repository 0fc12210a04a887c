import { Agent } from 'undici';

/**
 * `node download.js ACCEPT URL…`: fetches all of these in that form at once and throws the bytes away. Prints how many
 * there were. Loads nothing else: it is the limit.
 */
const [, , accept = '', ...urls] = process.argv;
const agent = new Agent();
const sizes = await Promise.all(
  urls.map(async (url) => {
    const { origin, pathname, search } = new URL(url);
    const headers = { accept };
    const { body } = await agent.request({ origin, path: `${pathname}${search}`, method: 'GET', headers });
    let bytes = 0;
    for await (const chunk of body) bytes += (chunk as Buffer).length;
    return bytes;
  }),
);
await agent.close();
process.stdout.write(`${sizes.reduce((sum, bytes) => sum + bytes, 0)}\n`);
