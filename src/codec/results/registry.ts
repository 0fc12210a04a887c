import { z } from 'zod';
import { failureResultSchema } from './failure.ts';
import { rebuildResultSchema } from './rebuild.ts';
import { runResultSchema, runsResultSchema } from './runs.ts';

/** Every `--json` result by the name of its command: what `vlog-dr schema` lists. */
export const RESULT_SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  error: failureResultSchema,
  'rebuild-metastore': rebuildResultSchema,
  'runs-list': runsResultSchema,
  'runs-show': runResultSchema,
};

/** The document as it is printed: the result, and which version of the schema it has. */
export function documentSchema(result: z.ZodType): z.ZodType {
  return z.intersection(z.looseObject({ schemaVersion: z.literal(1) }), result);
}

/** Of the text on stdout, not of the values that it decodes to: a position is a string there. */
export function jsonSchemaOf(name: string): object | undefined {
  const schema = RESULT_SCHEMAS[name];
  if (schema === undefined) return undefined;
  return { title: name, ...z.toJSONSchema(documentSchema(schema), { io: 'input', unrepresentable: 'any' }) };
}
