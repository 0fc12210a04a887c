import type { ErrorCode } from '../core/errorCatalogue.ts';
import { DrError, isPortError, type PortError } from '../core/errors.ts';
import { originOf, type Part } from './origin.ts';

/** Whatever was thrown, as one of the errors that the catalogue explains. */
export function toDrError(error: unknown): DrError {
  if (error instanceof DrError) return error;
  if (isPortError(error)) return fromPort(error);
  if (isAbort(error)) {
    return new DrError('E_INTERRUPTED', {
      message: 'The command was interrupted. Everything that it acknowledged stays done.',
      cause: error,
    });
  }
  const reason = systemReason(error);
  if (reason !== undefined) return fromSystem(reason, error);
  const message = error instanceof Error ? error.message : String(error);
  return new DrError('E_UNEXPECTED', {
    message: `${message}. It is not known how far the command came; it is safe to run it again.`,
    cause: error,
  });
}

function fromPort(error: PortError): DrError {
  const code = codeOf(error);
  return new DrError(code, {
    message: `${error.message}. ${truthAfter(error)}`,
    context: { subject: error.subject, failure: error.failure },
    cause: error,
  });
}

function codeOf(error: PortError): ErrorCode {
  switch (error.failure) {
    case 'unavailable':
      return UNAVAILABLE[originOf(error) ?? 'logServer'];
    case 'denied':
      return 'E_DENIED';
    case 'corrupt':
      return 'E_CORRUPT';
    case 'outcomeUnknown':
      return 'E_OUTCOME_UNKNOWN';
    case 'notFound':
    case 'conflict':
      return 'E_UNEXPECTED';
  }
}

const UNAVAILABLE = {
  logServer: 'E_UNREACHABLE',
  metaStore: 'E_METASTORE_UNAVAILABLE',
  repository: 'E_REPOSITORY_UNAVAILABLE',
} as const satisfies Record<Part, ErrorCode>;

function truthAfter({ failure }: PortError): string {
  switch (failure) {
    case 'outcomeUnknown':
      return 'This last step may or may not have been done; everything before it was.';
    case 'corrupt':
      return 'The damaged bytes were not used, and nothing was changed.';
    default:
      return 'This last step was not done; nothing stored was harmed.';
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

function systemReason(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && 'syscall' in error ? String(error.code) : undefined;
}

function fromSystem(reason: string, cause: unknown): DrError {
  const path = cause instanceof Error && 'path' in cause ? String(cause.path) : 'A file or an address';
  if (reason === 'EADDRINUSE') {
    return new DrError('E_USAGE', {
      message: 'The address is in use by another process. Nothing was started.',
      hint: 'Choose another port.',
      cause,
    });
  }
  return new DrError('E_DISK', {
    message: `${path} cannot be used (${reason}). What was stored before is unchanged.`,
    context: { reason },
    cause,
  });
}
