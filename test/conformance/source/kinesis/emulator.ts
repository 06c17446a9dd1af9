import { afterAll, beforeAll, beforeEach } from 'vitest'
import { startKinesis, type KinesisEmulator } from '#emulators/kinesis.ts'

let isOnAnother = false

/**
 * A case that failed is tried again where the emulator ended by itself: once it was replaced, for which cases it took along cannot be
 * told, and where it broke off or did not answer, before that was noticed.
 */
export const IF_IT_ENDED = {
  count: 2,
  condition: ({ message }: { readonly message: string }): boolean =>
    isOnAnother || /ECONNREFUSED|does not answer|without an event|timed out/.test(message),
}

/**
 * An emulator for the cases of a file. It is another's program and may end under load; it is then replaced before the next case,
 * so that no case inherits another's wreck.
 */
export function emulatorForCases(): () => KinesisEmulator {
  let emulator: Promise<KinesisEmulator>
  let current: KinesisEmulator
  const start = async () => {
    emulator = startKinesis()
    current = await emulator
  }
  beforeAll(start)
  // Cases that run at once share one replacement.
  beforeEach(async () => {
    const known = emulator
    if (await isThere(await known)) return
    if (emulator !== known) await emulator
    else {
      isOnAnother = true
      const replaced = start()
      await (await known).close('SIGKILL')
      await replaced
    }
  })
  afterAll(async () => (await emulator).close())
  return () => current
}

/** It may have closed its port, and wait for connections that are open. One that is only slow is there. */
async function isThere(emulator: KinesisEmulator): Promise<boolean> {
  if (emulator.hasEnded()) return false
  try {
    await fetch(`${emulator.endpoint}/healthcheck`, { signal: AbortSignal.timeout(20_000) })
    return true
  } catch (error) {
    return (error as Error).name === 'TimeoutError'
  }
}
