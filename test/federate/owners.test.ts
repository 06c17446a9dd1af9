import { describe, expect, test } from 'vitest'
import { librariesOf, trainTogether, type Library } from '#examples/federated/owners/together.ts'
import { named, needs } from '#test/support/needs.ts'

const PYTHONS: readonly (readonly [Library, string, string])[] = [
  [
    'scikit-learn',
    'CREDENCE_TEST_PYTHON',
    'a python3 where `pip install scikit-learn==1.9.1 cryptography==50.0.2` was run',
  ],
  ['PyTorch', 'CREDENCE_TEST_TORCH', 'the `python` that examples/federated/owners/debian-torch.sh makes in a folder'],
]

for (const [library, variable, how] of PYTHONS) {
  const { value: python, missing } = named(variable, how)
  const lacking = missing === null && !librariesOf(python).includes(library) ? `${python} has no ${library}` : null
  const wanted = needs(missing, lacking)
  // Debian's PyTorch does not come in time everywhere: without it, this is skipped with CI=true as well
  const { skip, why } =
    library === 'PyTorch' && missing !== null ? { skip: true, why: ` (skipped: ${missing})` } : wanted

  describe.skipIf(skip)(`owners who train with ${library} or TensorFlow.js${why}`, () => {
    test('make one model that reads most digits, and every one of them is in each sum', async () => {
      const { libraries, rounds } = await trainTogether(python)
      expect([...new Set(libraries.values())]).toEqual(expect.arrayContaining([library, 'TensorFlow.js']))
      for (const { counted } of rounds) expect(counted).toEqual([...libraries.keys()])
      const accuracies = rounds.map(({ accuracy }) => accuracy)
      expect(accuracies).toHaveLength(6)
      expect(accuracies.at(-1)).toBeGreaterThan(0.8)
      expect(accuracies.at(-1)).toBeGreaterThan(accuracies[0]!)
    })
  })
}
