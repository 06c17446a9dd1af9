import { expect, test } from 'vitest'
import { decoders } from './decoders.ts'
import { fuzz } from './fuzz.ts'

const INPUTS = 20_000

test('no decoder answers 20,000 damaged inputs with anything but items or a refusal', async () => {
  const found = await fuzz(await decoders(), INPUTS, 1)
  expect(found.reduce((sum, { inputs }) => sum + inputs, 0)).toBeGreaterThanOrEqual(INPUTS)
  // damage that never reaches a decoder, or that none gets past, would test nothing
  for (const { target, inputs, refused } of found) expect(refused, target).toBeLessThan(inputs)
})
