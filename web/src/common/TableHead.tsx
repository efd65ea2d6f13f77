/** The names above a table's columns. */

interface TableHeadProps {
  readonly columns: readonly string[];
  /** One more, for what can be done about each row: its name is heard and not seen. */
  readonly withAction?: boolean;
}

export function TableHead({ columns, withAction = false }: TableHeadProps) {
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column} scope="col">
            {column}
          </th>
        ))}
        {withAction ? (
          <th scope="col">
            <span className="visually-hidden">Action</span>
          </th>
        ) : null}
      </tr>
    </thead>
  );
}
