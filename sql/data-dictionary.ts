import type { Queryable } from "./pool.ts";

type Column = Readonly<{
  relation: string;
  kind: string;
  about: string;
  name: string;
  type: string;
  note: string;
}>;

/** docs/data-dictionary.md, made of the database's own comments: one section a table or view, in order of name. */
export async function describeDatabase(db: Queryable): Promise<string> {
  const { rows } = await db.query<Column>(
    `select n.nspname || '.' || c.relname as relation,
       case c.relkind when 'v' then 'view' when 'm' then 'view' when 'S' then 'sequence' else 'table' end as kind,
       coalesce(obj_description(c.oid), '') as about,
       a.attname as name,
       format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then '' else ', may be null' end as type,
       coalesce(col_description(c.oid, a.attnum), '') as note
     from pg_class c
     join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where n.nspname in ('study', 'reporting', 'pii', 'audit') and c.relkind in ('r', 'v', 'm', 'p')
     order by array_position(array['reporting', 'study', 'pii', 'audit'], n.nspname::text), c.relname, a.attnum`,
  );
  const sections = [...Map.groupBy(rows, ({ relation }) => relation).values()].map(section);
  return `${HEAD}\n${sections.join("\n")}`;
}

const HEAD = `# Data dictionary
Made by \`npm run data-dictionary\` from the comments in the database; a test compares. Researchers' contract: the
schema \`reporting\`. Values of samples are integers in units of their metric's scale (\`study.metric\`).
`;

function section(columns: readonly Column[]): string {
  const [first] = columns;
  if (first === undefined) return "";
  // Of a view a column's nullability is unknown, and would only mislead.
  const type = (column: Column) =>
    first.kind === "view" ? column.type.replace(", may be null", "") : column.type;
  const lines = columns.map((column) => `| ${column.name} | ${type(column)} | ${column.note} |`);
  return `## ${first.relation}\n${first.about} (${first.kind})\n\n| column | type | meaning |\n|---|---|---|\n${lines.join("\n")}\n`;
}
