import { createHash } from 'node:crypto';

const LETTERS = '23456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * What a second person reads out after reviewing a plan. No secret and no proof of who it was: it shows that somebody
 * computed it from this very plan. Letters that look or sound alike are left out, it may come by telephone.
 */
export function approvalCode(planId: string): string {
  const digest = createHash('sha256').update(`vlog-dr approval ${planId}`).digest();
  const letters = [...digest.subarray(0, 8)].map((byte) => LETTERS[byte % LETTERS.length]).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
