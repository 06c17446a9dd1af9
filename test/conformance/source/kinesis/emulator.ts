import { afterAll, beforeAll, beforeEach } from 'vitest'
import { startKinesis, type KinesisEmulator } from '#emulators/kinesis.ts'

let isOnAnother = false
let current: KinesisEmulator | undefined

/** Cases that failed are tried again once the emulator has ended by itself: which of them it took along cannot be told. */
export const IF_IT_ENDED = { count: 2, condition: (): boolean => isOnAnother || current?.hasEnded() === true }

/**
 * An emulator for the cases of a file. It is another's program and may end under load; it is then replaced before the next case,
 * so that no case inherits another's wreck.
 */
export function emulatorForCases(): () => KinesisEmulator {
  let emulator: Promise<KinesisEmulator>
  const start = async () => {
    emulator = startKinesis()
    current = await emulator
  }
  beforeAll(start)
  // Cases that run at once share one replacement.
  beforeEach(async () => {
    const known = emulator
    if (!(await known).hasEnded()) return
    if (emulator !== known) await emulator
    else {
      isOnAnother = true
      await start()
    }
  })
  afterAll(async () => (await emulator).close())
  return () => current!
}
