import { z } from 'zod';
import {
  durabilitySchema,
  generationSchema,
  nodesetSchema,
  positionSchema,
  successorRulesSchema,
} from '../../codec/common.ts';
import {
  closeRecordSchema,
  descriptorSchema,
  logletStateSchema,
  logTrimSchema,
  serverStatusSchema,
} from '../../codec/descriptor.ts';
import { INVENTORY_TYPE } from '../../codec/inventoryStream.ts';
import {
  appendOutcomeSchema,
  errorBodySchema,
  generationQuerySchema,
  inventoryItemSchema,
  inventoryQuerySchema,
  JSON_CALLS,
  localTailSchema,
  quarantineItemSchema,
  quarantineQuerySchema,
  type Role,
  readQuerySchema,
  refusalSchema,
  refusedSchema,
  sealedLogletSchema,
  tailSchema,
} from '../../codec/logserver.ts';
import { FRAME_TYPE } from '../../codec/logserverFrame.ts';

/** What is described once, under this name, and referred to wherever it occurs. */
const NAMED: Readonly<Record<string, z.ZodType>> = {
  Generation: generationSchema,
  Durability: durabilitySchema,
  Nodeset: nodesetSchema,
  SuccessorRules: successorRulesSchema,
  Position: positionSchema,
  Descriptor: descriptorSchema,
  CloseRecord: closeRecordSchema,
  LogletState: logletStateSchema,
  LogTrim: logTrimSchema,
  ServerStatus: serverStatusSchema,
  SealedLoglet: sealedLogletSchema,
  Refusal: refusalSchema,
  Refused: refusedSchema,
  AppendOutcome: appendOutcomeSchema,
  InventoryItem: inventoryItemSchema,
  QuarantineItem: quarantineItemSchema,
  Error: errorBodySchema,
};

interface Operation {
  readonly path: string;
  readonly method: 'get' | 'post';
  readonly id: string;
  readonly role?: Role;
  readonly summary: string;
  readonly query?: z.ZodObject;
  readonly body?: object;
  readonly answer: object;
}

const binary = { schema: { type: 'string', format: 'binary' } };
const frame = { [FRAME_TYPE]: binary };
const json = (schema: z.ZodType) => ({ 'application/json': { schema: schemaOf(schema) } });
const lines = (schema: z.ZodType) => ({ 'application/x-ndjson': { schema: schemaOf(schema) } });
const text = (type: string) => ({ [type]: { schema: { type: 'string' } } });
const ofLoglet = (name: string) => `/v1/loglets/{logletId}/${name}`;

function operations(): Operation[] {
  return [
    ...Object.entries(JSON_CALLS).map(([id, { role, summary, body, reply }]) => ({
      ...{ path: `/v1/${id}`, method: 'post' as const, id, role, summary },
      ...{ body: json(body), answer: json(reply) },
    })),
    {
      ...{ path: ofLoglet('store'), method: 'post', id: 'store', role: 'operate', body: frame },
      ...{ summary: 'Add entries; sent by a sequencer only.', answer: json(localTailSchema) },
    },
    {
      ...{ path: ofLoglet('repair'), method: 'post', id: 'repair', role: 'operate', body: frame },
      ...{ summary: 'Add entries to a sealed copy.', query: generationQuerySchema },
      answer: json(logletStateSchema),
    },
    {
      ...{ path: ofLoglet('append'), method: 'post', id: 'append', role: 'append', body: frame },
      ...{ summary: 'Append through the loglet’s sequencer.', answer: json(appendOutcomeSchema) },
    },
    {
      ...{ path: ofLoglet('entries'), method: 'get', id: 'read', role: 'read', query: readQuerySchema },
      ...{ summary: 'Entries, as many as fit.', answer: frame },
    },
    {
      ...{ path: ofLoglet('acknowledged-tail'), method: 'get', id: 'acknowledgedTail', role: 'read' },
      ...{ summary: 'What the loglet’s sequencer has acknowledged.', answer: json(tailSchema) },
    },
    {
      ...{ path: '/v1/status', method: 'get', id: 'status', role: 'read', answer: json(serverStatusSchema) },
      summary: 'Who this is and under which generation it stands.',
    },
    {
      ...{ path: '/v1/inventory', method: 'get', id: 'inventory', role: 'read', query: inventoryQuerySchema },
      ...{
        summary: 'Everything but entries; complete when the last line is `end`.',
        // The binary form to whoever accepts it.
        answer: { ...lines(inventoryItemSchema), [INVENTORY_TYPE]: binary },
      },
    },
    {
      ...{
        path: '/v1/quarantine',
        method: 'get',
        id: 'quarantine',
        role: 'read',
        query: quarantineQuerySchema,
      },
      ...{ summary: 'Entries at or above a final end.', answer: lines(quarantineItemSchema) },
    },
    {
      ...{
        path: '/v1/health',
        method: 'get',
        id: 'health',
        answer: json(z.strictObject({ health: z.enum(['ok', 'failed']) })),
      },
      summary: 'Whether the store can be written.',
    },
    {
      ...{ path: '/metrics', method: 'get', id: 'metrics', role: 'read', answer: text('text/plain') },
      summary: 'Prometheus metrics.',
    },
    {
      ...{ path: '/openapi.json', method: 'get', id: 'openapi', answer: text('application/json') },
      summary: 'This document.',
    },
  ];
}

/** The HTTP API as an OpenAPI 3.1 document, made from the schemas that check its requests. */
export function openApiDocument(): object {
  const paths: Record<string, object> = {};
  for (const operation of operations()) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'vlog-dr LogServer',
      version: '1',
      description: 'One LogServer of a Virtual Consensus cluster. Positions are decimal strings.',
    },
    paths,
    components: {
      schemas: convert(NAMED),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function describe({ id, summary, role, path, query, body, answer }: Operation): object {
  const parameters = [
    ...(path.includes('{logletId}')
      ? [{ name: 'logletId', in: 'path', required: true, schema: { type: 'string' } }]
      : []),
    ...(query === undefined ? [] : queryParameters(query)),
  ];
  return {
    operationId: id,
    summary: role === undefined ? summary : `${summary} Role: ${role}.`,
    ...(role !== undefined && { security: [{}, { token: [] }] }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && { requestBody: { required: true, content: body } }),
    responses: {
      200: { description: 'Done.', content: answer },
      409: { description: 'Refused: certainly not done.', content: json(refusedSchema) },
      default: { description: 'Not understood, not allowed, or failed.', content: json(errorBodySchema) },
    },
  };
}

function queryParameters(query: z.ZodObject): object[] {
  const schema = schemaOf(query) as { properties: Record<string, object>; required?: string[] };
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    in: 'query',
    required: schema.required?.includes(name) ?? false,
    schema: property,
  }));
}

const URI = '#/components/schemas/';

function schemaOf(schema: z.ZodType): object {
  const named = Object.entries(NAMED).find(([, known]) => known === schema);
  return named ? { $ref: URI + named[0] } : (convert({ ...NAMED, Asked: schema }).Asked ?? {});
}

/** JSON Schemas of these, in which each refers to the others by name. */
function convert(schemas: Readonly<Record<string, z.ZodType>>): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(schemas)) registry.add(schema, { id });
  const { schemas: made } = z.toJSONSchema(registry, { io: 'input', uri: (id) => URI + id });
  return Object.fromEntries(
    Object.entries(made).map(([name, { $schema: _, $id: __, ...schema }]) => [name, schema]),
  );
}
