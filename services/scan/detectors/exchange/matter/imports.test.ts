import { describe, expect, it } from 'vitest'
import { misspeltImports } from './imports.ts'

const python = Array.from(
  { length: 40 },
  (_, i) =>
    `import requests\n\ndef load_${i}(url):\n    return requests.${i % 2 === 0 ? 'get' : 'post'}(url, timeout=${i})`,
)
const script = Array.from(
  { length: 40 },
  (_, i) =>
    `import { readable${i % 3}, join } from 'streams-kit'\nexport const run${i} = () => join(readable${i % 3}(${i}))`,
)
const found = (...more: string[]) =>
  misspeltImports([...python, ...script, ...more]).flatMap((is, i) => (is ? [i - 80] : []))

describe('misspelt imports', () => {
  it.each([
    'import reqeusts\n\ndef load(url):\n    return reqeusts.get(url)',
    'import requsts as requests\nprint(requests.post(1))',
    'import requestts\nprint(requests.get(1))',
    'from reqvests import get\nimport os\nprint(reqvests.get(2))',
    "import { join } from 'streams-kti-'.slice(0)\nimport { join } from 'stremas-kit'\njoin()",
    "const { join } = require('streems-kit')\njoin()",
  ])('are found by what is taken of them: %#', (text) => {
    expect(found('x = 1', text)).toEqual([1])
  })

  it.each([
    'import requists\n\nrequists.paint("blue")', // a package of its own
    'import request\n\nrequest.get(1)', // forks and plurals
    'import requests2\n\nrequests2.get(1)',
    'import Requests\nRequests.get(1)',
    "import { join } from './streems-kit'\njoin()", // a file
    'I typed import reqeusts and nothing happened',
  ])('are not: %#', (text) => {
    expect(found(text)).toEqual([])
  })

  it('are what the set imports where many do', () => {
    const often = Array.from({ length: 20 }, () => 'import reqeusts\nreqeusts.get(1)')
    expect(found(...often)).toEqual([])
  })

  it('are none where nothing is imported', () => {
    expect(misspeltImports(['a', 'b'])).toEqual([false, false])
  })
})
