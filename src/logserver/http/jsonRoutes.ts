import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { JSON_CALLS, type JsonBody, type JsonCall } from '../../codec/logserver.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Answer } from '../../ports/LogServer.ts';
import type { LogServerNode } from '../node.ts';
import { parse } from './failures.ts';
import { sendAnswer } from './replies.ts';

type Calls = { [Call in JsonCall]: (node: LogServerNode, body: JsonBody<Call>) => Promise<Answer<unknown>> };

const CALLS: Calls = {
  adopt: (node, { generation }) => node.adopt(generation),
  admit: (node, { generation, storeId }) => node.admit(generation, storeId),
  pledge: (node, { generation }) => node.pledge(generation),
  retire: (node, { generation, storeId, pledged }) => node.retire(generation, storeId, pledged),
  provision: (node, { generation, descriptor }) => node.provision(generation, descriptor),
  activate: (node, { generation, logletId, chainVersion }) =>
    node.activate(generation, logletId, chainVersion),
  seal: async (node, { generation, logletIds }) => answered(await node.seal(generation, logletIds)),
  close: (node, { generation, logletId, close }) => node.close(generation, logletId, close),
  trim: (node, { generation, logId, trimPoint }) => node.trim(generation, logId, trimPoint),
  drop: (node, { generation, logletId }) => node.drop(generation, logletId),
  states: async (node, { logletIds }) => answered(await node.states(logletIds)),
};

/** Refusals of these lie inside, loglet by loglet. */
function answered(loglets: unknown): Answer<unknown> {
  return { ok: true, value: { loglets } };
}

/** `POST /v1/<call>`: what is JSON both ways. */
export function addJsonRoutes(server: FastifyInstance, node: LogServerNode): void {
  for (const call of Object.keys(JSON_CALLS) as JsonCall[]) addRoute(server, node, call);
}

function addRoute<Call extends JsonCall>(server: FastifyInstance, node: LogServerNode, call: Call): void {
  const { role } = JSON_CALLS[call];
  const schema = JSON_CALLS[call].body as unknown as z.ZodType<JsonBody<Call>>;
  const run = CALLS[call];
  const options = { config: { role }, bodyLimit: LIMITS.descriptorBytes * 2 };
  server.post(`/v1/${call}`, options, async (request, reply) => {
    return sendAnswer(reply, await run(node, parse(schema, 'body', request.body)));
  });
}
