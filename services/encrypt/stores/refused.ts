import { AppError } from '#core/errors.ts'

/** The objects that a service did not write as configured; only those that this process wrote. */
export interface RefusedWrites {
  /**
   * Removes the object of a refused creation, so that no later attempt finds and adopts it. Always throws the refusal. If the
   * removal fails (object lock, or no permission to delete), the message says that the object stays.
   */
  takeAway(path: string, refusal: AppError, remove: () => Promise<unknown>): Promise<never>
  /** Throws the refusal of a path whose object could not be removed, so that the object is not adopted. */
  refuse(path: string): void
}

export function refusedWrites(): RefusedWrites {
  const left = new Map<string, AppError>()
  return {
    async takeAway(path, refusal, remove) {
      try {
        await remove()
      } catch (error) {
        const says = `${refusal.message}; it stays there until somebody removes it, for that failed: ${messageOf(error)}`
        const told = new AppError(refusal.code, says, { cause: error, reason: refusal.reason })
        left.set(path, told)
        throw told
      }
      throw refusal
    },
    refuse(path) {
      const refusal = left.get(path)
      if (refusal !== undefined) throw refusal
    },
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
