import { DrError, isPortError } from '../../core/errors.ts';
import type {
  MemberLook,
  MetaStoreAdmin,
  SurvivorContents,
  SurvivorPlace,
} from '../../ports/MetaStoreAdmin.ts';

/** One that was found, and what it holds; or why nothing of it can be read. */
export interface FoundSurvivor<Contents = SurvivorContents> extends SurvivorPlace {
  readonly contents?: Contents;
  readonly problem?: string;
}

type Reading<Contents> = Pick<MetaStoreAdmin<unknown, Contents>, 'read' | 'leftHere'>;

/** Members that answer and do not serve, what the operator named, and what lies here. Only copies are opened. */
export async function readSurvivors<Contents>(
  admin: Reading<Contents>,
  {
    members,
    serving,
    given,
  }: {
    readonly members: readonly MemberLook[];
    readonly serving: readonly MemberLook[];
    readonly given: readonly SurvivorPlace[];
  },
): Promise<FoundSurvivor<Contents>[]> {
  const left = members.filter((one) => one.state !== 'silent' && !serving.includes(one));
  const answering = left.map(({ name }): SurvivorPlace => ({ origin: 'member', name }));
  const silent = members.filter(({ state }) => state === 'silent');
  const here = serving.length > 0 ? [] : await admin.leftHere(silent);
  const unnamed = here.filter(({ name }) => !given.some((one) => one.name === name));
  const survivors: FoundSurvivor<Contents>[] = [];
  // One after the other: each costs an engine on a copy.
  for (const place of [...answering, ...given, ...unnamed])
    survivors.push(await readSurvivor(admin, place, unnamed.includes(place)));
  return survivors;
}

/** `unnamed`: found here. A member may wait on it for a majority, in silence: that is said, and no obstacle. */
async function readSurvivor<Contents>(
  admin: Reading<Contents>,
  place: SurvivorPlace,
  unnamed: boolean,
): Promise<FoundSurvivor<Contents>> {
  try {
    return { ...place, contents: await admin.read(place) };
  } catch (error) {
    // A wrong password is not a reason to begin with nothing.
    const isOurFault = isPortError(error, 'denied');
    const isItsFault =
      isPortError(error) ||
      (error instanceof DrError &&
        (error.code === 'E_BAD_SNAPSHOT' || (unnamed && error.code === 'E_STORE_LOCKED')));
    if (isOurFault || !isItsFault) throw error;
    const hint = error instanceof DrError ? ` ${error.hint}` : '';
    return { ...place, problem: `${error.message}${hint}` };
  }
}
