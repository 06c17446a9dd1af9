import type { ReactNode } from 'react'

interface Props {
  readonly head: readonly string[]
  readonly rows: readonly (readonly ReactNode[])[]
  /** Columns from the left that hold words; the others hold numbers. */
  readonly text?: number
  /** What is said where there is no row. */
  readonly none: string
}

export function Table({ head, rows, text = 1, none }: Props) {
  if (rows.length === 0) return <p className="quiet">{none}</p>
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label={head.join(', ')}>
      <table className="figures">
        <thead>
          <tr>
            {head.map((name, i) => (
              <th key={name} scope="col" className={i < text ? 'left' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, at) => (
            <tr key={at}>
              {cells.map((cell, i) =>
                i === 0 ? (
                  <th key={i} scope="row" className="left">
                    {cell}
                  </th>
                ) : (
                  <td key={i} className={i < text ? 'left' : undefined}>
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
