// Loaded with `node --import`: kills this very process, as kill -9 would, right after the first answer to the Nth kind of
// call that it makes: the others of that kind, to the other servers, are then done, half done or not sent.
import undici from 'undici';

const last = Number(process.env.TEST_KILL_AT_CALL);
const { prototype } = undici.Dispatcher;
const { request } = prototype;
let [kinds, latest] = [0, ''];

prototype.request = async function counted(options, ...rest) {
  const answer = await request.call(this, options, ...rest);
  const kind = `${options.method} ${options.path.split('?')[0]}`;
  if (kind !== latest) {
    latest = kind;
    kinds += 1;
    if (kinds === last) process.kill(process.pid, 'SIGKILL');
  }
  return answer;
};
