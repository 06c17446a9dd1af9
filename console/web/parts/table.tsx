import type { ReactNode } from 'react'

interface Props {
  readonly head: readonly string[]
  readonly rows: readonly (readonly ReactNode[])[]
  /** Columns from the left that hold words; the others hold numbers. */
  readonly text?: number
  /** What is said where there is no row. */
  readonly none: string
}

/** A table; where it would be too narrow to be read, a card a row. The roles stand for those that its cards would take away. */
export function Table({ head, rows, text = 1, none }: Props) {
  if (rows.length === 0) return <p className="quiet none">{none}</p>
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={head.join(', ')}>
      <table className="figures" role="table">
        <thead role="rowgroup">
          <tr role="row">
            {head.map((name, i) => (
              <th key={name} scope="col" role="columnheader" className={i < text ? 'left' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((cells, at) => (
            <tr key={at} role="row">
              {cells.map((cell, i) =>
                i === 0 ? (
                  <th key={i} scope="row" role="rowheader" className="left">
                    {cell}
                  </th>
                ) : (
                  <td key={i} role="cell" data-head={head[i]} className={i < text ? 'left' : undefined}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
