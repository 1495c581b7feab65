/** How often a property is tried: few times here, more with `FDL_FUZZ=NUMBER`. */
export function runs(usual: number): number {
  const asked = Number(process.env['FDL_FUZZ']);
  return asked > 0 ? asked : usual;
}
