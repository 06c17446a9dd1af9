import { describe, expect, test } from 'vitest'
import { librariesOf, trainTogether } from '#examples/federated/owners/together.ts'
import { named, needs } from '#test/support/needs.ts'

const HOW = 'a python3 where `pip install scikit-learn==1.9.1 cryptography==50.0.2` was run'
const { value: python, missing } = named('CREDENCE_TEST_PYTHON', HOW)
const lacking =
  missing === null && !librariesOf(python).includes('scikit-learn') ? `${python} has no scikit-learn` : null
const { skip, why } = needs(missing, lacking)

describe.skipIf(skip)(`owners who train with different libraries${why}`, () => {
  test('make one model that reads most digits, and every one of them is in each sum', async () => {
    const { libraries, rounds } = await trainTogether(python)
    // PyTorch takes part where it is installed
    expect([...new Set(libraries.values())]).toEqual(expect.arrayContaining(['scikit-learn', 'TensorFlow.js']))
    for (const { counted } of rounds) expect(counted).toEqual([...libraries.keys()])
    const accuracies = rounds.map(({ accuracy }) => accuracy)
    expect(accuracies).toHaveLength(6)
    expect(accuracies.at(-1)).toBeGreaterThan(0.8)
    expect(accuracies.at(-1)).toBeGreaterThan(accuracies[0]!)
  })
})
