import { parseArgs } from 'node:util'
import { renderTable } from '#cli/print/table.ts'
import { facts, heading, look, say } from '../../support/say.ts'
import { trainTogether } from './together.ts'

/** Owners who train with different libraries make one model: `run.ts --python ./venv/bin/python`. */

const { values } = parseArgs({ options: { python: { type: 'string', default: 'python3' } } })
const { libraries, rounds } = await trainTogether(values.python)
heading('One model, by owners who train with different libraries')
facts([...libraries])
say()
say(
  renderTable(
    [
      { header: 'round', align: 'right' },
      { header: 'owners in the sum', align: 'right' },
      { header: 'accuracy', align: 'right' },
    ],
    rounds.map(({ accuracy, counted }, i) => [
      String(i + 1),
      String(counted.length),
      `${(100 * accuracy).toFixed(1)} %`,
    ]),
    look,
  ),
)
