import { afterAll, beforeAll, beforeEach } from 'vitest'
import { startKinesis, type KinesisEmulator } from '#emulators/kinesis.ts'

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
    if ((await emulator).hasEnded()) await start()
  })
  afterAll(async () => (await emulator).close())
  return () => current
}
