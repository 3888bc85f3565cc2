/** Milliseconds of processor time this process has used: what work costs, however much else the machine does. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
