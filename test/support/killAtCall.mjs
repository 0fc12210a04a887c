// Loaded with `node --import`: kills this very process, as kill -9 would, right after the first answer to the Nth kind of
// call that it makes: the others of that kind, to the other servers, are then done, half done or not sent.
import { subscribe } from 'node:diagnostics_channel';

const last = Number(process.env.TEST_KILL_AT_CALL);
let [kinds, latest] = [0, ''];

// Undici tells whoever listens, also where it is part of a bundle.
subscribe('undici:request:headers', ({ request }) => {
  const kind = `${request.method} ${request.path.split('?')[0]}`;
  if (kind === latest) return;
  latest = kind;
  kinds += 1;
  if (kinds === last) process.kill(process.pid, 'SIGKILL');
});
