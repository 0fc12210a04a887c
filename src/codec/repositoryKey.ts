/** Whether text is a key of a repository: components of `[A-Za-z0-9._-]`, none of them only dots, joined by `/`. */
export function isRepositoryKey(key: string): boolean {
  return (
    key.length <= 512 && key.split('/').every((part) => /^[A-Za-z0-9._-]+$/.test(part) && !/^\.+$/.test(part))
  );
}
