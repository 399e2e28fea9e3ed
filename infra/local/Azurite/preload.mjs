import Module from 'node:module';

// Two libraries take two thirds of the time of a start and are never called: telemetry is off, and nothing is kept in SQL.
const unused = new Map([['applicationinsights', {}], ['sequelize', { Model: class {} }]]);
const load = Module._load;
Module._load = (request, ...rest) => unused.get(request) ?? load.call(Module, request, ...rest);

// Azurite saves when it gets SIGTERM and exits when its three services report that they are closed. It may never exit if a client keeps a request open,
// and a service may report that it is closed while a save is still being written. This script exits the process when all three services are closed and no
// file is being written. The standard input closes when the parent process ends, however it ends, and has the same effect as SIGTERM. The script ignores
// output errors then, because nothing reads the output, and a second SIGTERM, because it would interrupt the save.
let closed = 0;
const log = console.log;
console.log = (...words) => {
  log(...words);
  if (String(words[0]).endsWith('successfully closed') && ++closed === 3) endWhenWritten();
};
function endWhenWritten() {
  if (process.getActiveResourcesInfo().includes('FSReqCallback')) setTimeout(endWhenWritten, 10);
  else process.exit(0);
}
for (const output of [process.stdout, process.stderr]) output.on('error', () => {});
process.stdin.on('error', () => {}).on('end', () => {
  if (process.listenerCount('SIGTERM') === 0) process.exit(1);
  process.on('SIGTERM', () => {});
  process.kill(process.pid, 'SIGTERM');
}).resume();
process.stdin.unref?.();
