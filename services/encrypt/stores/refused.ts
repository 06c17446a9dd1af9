import { AppError } from '#core/errors.ts'

/** Objects that a service wrote otherwise than it was asked to, as far as this process made them. */
export interface RefusedWrites {
  /**
   * Takes the object of a refused creation away, so that no later attempt finds it and takes it for its own. Throws the refusal either
   * way: the object lock, or an identity that may delete nothing, leaves it there, and then the sentence says so.
   */
  takeAway(path: string, refusal: AppError, remove: () => Promise<unknown>): Promise<never>
  /** Throws the refusal of a path that could not be taken away: what stands there is not to be adopted. */
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
