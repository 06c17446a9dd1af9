import { Dialog } from '../parts/dialog.tsx'
import { CloseFooter } from '../parts/fields.tsx'
import { TEXTS } from '../texts.ts'
import { COLUMNS, columnsAmong, type Column } from './use-table.ts'

interface Props {
  readonly columns: readonly Column[]
  readonly choose: (columns: readonly Column[]) => void
  readonly close: () => void
}

/** Which columns a table of records has: each shows, or not, as soon as it is chosen. */
export function ColumnsDialog({ columns, choose, close }: Props) {
  const turn = (column: Column) =>
    choose(columnsAmong(columns.includes(column) ? columns.filter((of) => of !== column) : [...columns, column]))
  return (
    <Dialog title={TEXTS.table.choose} close={close}>
      <p className="quiet">{TEXTS.table.says}</p>
      <fieldset className="choices">
        <legend className="hidden">{TEXTS.table.choose}</legend>
        {COLUMNS.map((column) => (
          <label key={column} className="check">
            <input type="checkbox" checked={columns.includes(column)} onChange={() => turn(column)} />
            {TEXTS.table.columns[column]}
          </label>
        ))}
      </fieldset>
      <CloseFooter close={close} />
    </Dialog>
  )
}
