import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Repository } from '../../src/ports/Repository.ts';
import { collect } from '../support/snapshots.ts';

/** A fresh, empty place, and further clients of the same one. */
export interface RepositoryUnderTest {
  readonly repository: Repository;
  another(): Promise<Repository>;
  stop(): Promise<void>;
}

const bytes = (text: string) => new TextEncoder().encode(text);

/** What every Repository promises (src/ports/Repository.ts). */
export function repositoryContract(name: string, start: () => Promise<RepositoryUnderTest>): void {
  describe(`Repository contract: ${name}`, () => {
    let subject: RepositoryUnderTest;
    let repository: Repository;

    beforeEach(async () => {
      subject = await start();
      repository = subject.repository;
    });
    afterEach(() => subject.stop());

    const text = async (key: string, from = repository) => {
      const found = await from.get(key);
      return found && new TextDecoder().decode(found);
    };

    test('has nothing to begin with', async () => {
      expect(await repository.get('a/b.json')).toBeUndefined();
      expect(await collect(repository.list(''))).toEqual([]);
    });

    test('gives back the bytes that were put, any bytes', async () => {
      const all = randomBytes(300_000);
      expect(await repository.putIfAbsent('a/b.bin', all)).toBe('created');
      expect(Buffer.from((await repository.get('a/b.bin')) ?? []).equals(all)).toBe(true);
      await repository.putIfAbsent('empty', new Uint8Array());
      expect(await repository.get('empty')).toHaveLength(0);
    });

    test('creates only where nothing is, and keeps the first', async () => {
      expect(await repository.putIfAbsent('k', bytes('first'))).toBe('created');
      expect(await repository.putIfAbsent('k', bytes('second'))).toBe('exists');
      expect(await (await subject.another()).putIfAbsent('k', bytes('third'))).toBe('exists');
      expect(await text('k')).toBe('first');
    });

    test('of 20 at once one creates, and its bytes are there', async () => {
      const another = await subject.another();
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, writer) =>
          (writer % 2 === 0 ? repository : another).putIfAbsent('k', bytes(`writer ${writer}`)),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(1);
      expect(await text('k')).toBe(`writer ${outcomes.indexOf('created')}`);
    });

    test('put replaces', async () => {
      await repository.put('HEAD.json', bytes('1'));
      await repository.put('HEAD.json', bytes('2'));
      expect(await text('HEAD.json')).toBe('2');
    });

    test('what one client put, another reads and lists at once', async () => {
      const another = await subject.another();
      await repository.putIfAbsent('a/1', bytes('x'));
      expect(await text('a/1', another)).toBe('x');
      expect(await collect(another.list('a/'))).toEqual(['a/1']);
    });

    test('lists by prefix, ascending by the whole key', async () => {
      const keys = [
        'logs/1/0002',
        'logs/1/0001',
        'logs/1-x/9',
        'logs/1.y/9',
        'logs/10/0001',
        'log',
        'logs/2',
      ];
      for (const key of keys) await repository.putIfAbsent(key, bytes(key));
      expect(await collect(repository.list(''))).toEqual([...keys].sort());
      expect(await collect(repository.list('logs/1/'))).toEqual(['logs/1/0001', 'logs/1/0002']);
      expect(await collect(repository.list('logs/1'))).toEqual(
        keys.filter((key) => key.startsWith('logs/1')).sort(),
      );
      expect(await collect(repository.list('logs/1/0001'))).toEqual(['logs/1/0001']);
      expect(await collect(repository.list('none/'))).toEqual([]);
    });

    test('deletes, also what is not there', async () => {
      await repository.putIfAbsent('a/k', bytes('x'));
      await repository.delete('a/k');
      await repository.delete('a/k');
      expect(await repository.get('a/k')).toBeUndefined();
      expect(await collect(repository.list(''))).toEqual([]);
      expect(await repository.putIfAbsent('a/k', bytes('y'))).toBe('created');
    });

    test('the probe finds every promise kept, and leaves nothing behind', async () => {
      expect(await repository.probe()).toEqual({
        createIfAbsent: true,
        readAfterWrite: true,
        listAfterWrite: true,
        problems: [],
      });
      expect(await collect(repository.list(''))).toEqual([]);
    });

    test.each(['', '/', 'a//b', '../a', 'a/../b', 'a/', '/a', 'a b', 'a\0b', '.'])(
      'refuses the key "%s"',
      async (key) => {
        await expect(repository.putIfAbsent(key, bytes('x'))).rejects.toThrow(/not a repository key/);
      },
    );
  });
}
