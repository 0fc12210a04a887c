// What vlog-dr uses of undici, put in its place by the bundler: loading all of it (fetch, caches, mocks, WebSockets) takes
// longer than the shortest commands. The version is the one that the lock file has when the bundle is made.
const Agent = require('undici/lib/dispatcher/agent.js');
const Dispatcher = require('undici/lib/dispatcher/dispatcher.js');
const api = require('undici/lib/api');

Object.assign(Dispatcher.prototype, api);

let shared;

exports.Agent = Agent;

/** As undici's own: one request on connections that the process shares. */
exports.request = (url, options = {}) => {
  const { origin, pathname, search } = new URL(url);
  shared ??= new Agent();
  return shared.request({ method: 'GET', ...options, origin, path: `${pathname}${search}` });
};
