// Fills queues of one version of BullMQ, or of Bull, and prints what the library itself counts there.
// Called with the folder of the packages, the package, and the server's port.
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';

const [folder, name, port] = process.argv.slice(2);
const library = createRequire(`${folder}/`)(name);
const server = { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null };

// Names of Bull may have colons, those of BullMQ may not.
const isBull = name === 'bull';
const open = (queue) => (isBull ? new library(queue, { redis: server }) : new library.Queue(queue, { connection: server }));
const add = (queue, data, options) => (isBull ? queue.add(data, options) : queue.add('job', data, options));

// Works the jobs off, until one comes that says so: it stays active, as this process ends.
function work(queue) {
  return new Promise((reached) => {
    const run = async (job) => {
      if (job.data.fails) throw new Error('on purpose');
      if (job.data.stays) {
        reached();
        await new Promise(() => {});
      }
    };
    if (isBull) queue.process(run);
    else new library.Worker(queue.name, run, { connection: server });
  });
}

async function told(queue) {
  const waiting = await queue.getJobs(['wait', 'paused'], 0, 0, true);
  return {
    queue: queue.name,
    counts: await queue.getJobCounts(),
    paused: await queue.isPaused(),
    oldest: waiting[0] ? waiting[0].timestamp / 1000 : null,
  };
}

const busy = open(isBull ? 'media:busy' : 'busy');
for (const data of [{}, {}, { fails: true }, { stays: true }]) await add(busy, data);
await work(busy);
await add(busy, { first: true });
await sleep(300);
await add(busy, {});
for (const delay of [3_600_000, 7_200_000, 7_200_001]) await add(busy, {}, { delay });
for (const priority of [1, 5]) await add(busy, {}, { priority });

const paused = open('paused');
await paused.pause();
await add(paused, {});
await add(paused, {});

const queues = [busy, paused];
if (!isBull) {
  const children = [{ name: 'child', queueName: 'children' }];
  await new library.FlowProducer({ connection: server }).add({ name: 'parent', queueName: 'parents', children });
  queues.push(open('parents'), open('children'));
}
console.log(JSON.stringify(await Promise.all(queues.map(told))));
process.exit(0);
