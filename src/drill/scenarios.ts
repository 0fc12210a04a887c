import type { Scenario } from './scenario.ts';
import { lostMetaStore } from './scenarios/lostMetaStore.ts';

export const SCENARIOS: readonly Scenario[] = [lostMetaStore];
