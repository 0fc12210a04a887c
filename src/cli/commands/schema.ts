import { jsonSchemaOf, RESULT_SCHEMAS } from '../../codec/results/registry.ts';
import { EXIT } from '../../core/errorCatalogue.ts';
import type { CommandModule } from '../app.ts';
import { usageError } from '../options.ts';

/** `schema [NAME]` */
export const run: CommandModule['run'] = async (app, words) => {
  const name = words.length === 0 ? undefined : words.join('-');
  const names = Object.keys(RESULT_SCHEMAS).sort();
  if (name === undefined) {
    app.out.result({ schemas: names }, () => names.join('\n'));
    return EXIT.done;
  }
  const schema = jsonSchemaOf(name);
  if (schema === undefined) throw usageError(`There is no schema ${name}; there are ${names.join(', ')}.`);
  // A JSON Schema is a document of its own: it carries no schemaVersion of ours, with `--json` or without.
  await app.out.bytes(`${JSON.stringify(schema, undefined, 2)}\n`);
  return EXIT.done;
};
