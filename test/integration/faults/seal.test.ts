import { COMMANDS } from './commands.ts';
import { faultsOf } from './table.ts';

faultsOf(COMMANDS.seal, { strikes: 4 });
