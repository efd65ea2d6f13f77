/** What the demo offers: something for each kind of person who tries it. */
export const demoProfiles = [
  {
    name: "jupyterlab",
    title: "JupyterLab, 2 cores",
    description: "Notebooks, terminals and files on a compute node.",
    app: "jupyterlab",
    cluster: "testbed",
    resources: { cpus: 2, memory: "2G", time: "4h", partition: "batch" },
    options: [
      { name: "hours", label: "Time", help: "It ends by itself after that.", kind: "number", sets: "hours", min: 1, max: 12, default: 4 },
    ],
  },
  {
    name: "custom",
    title: "JupyterLab, your choice",
    description: "Choose cores, memory, time, GPUs and where it runs, from what the cluster offers you.",
    app: "jupyterlab",
    cluster: "testbed",
    options: [
      { name: "cpus", label: "Cores", kind: "number", sets: "cpus", min: 1, max: 16, default: 2 },
      { name: "memory", label: "Memory", kind: "number", sets: "memory_gb", min: 1, max: 16, default: 2 },
      { name: "hours", label: "Time", kind: "number", sets: "hours", min: 0.5, max: 24, step: 0.5, default: 2 },
      { name: "gpus", label: "GPUs", kind: "number", sets: "gpus", min: 0, max: 2, default: 0 },
      {
        ...{ name: "gpu-type", label: "GPU type", kind: "choice", sets: "gpu_type", from: "gpu_types" },
        when: { option: "gpus", is: [1, 2] },
      },
      { name: "partition", label: "Partition", kind: "choice", sets: "partition", from: "partitions", default: "batch" },
      { name: "account", label: "Slurm account", kind: "choice", sets: "account", from: "accounts" },
      {
        ...{ name: "folder", label: "Folder", kind: "file", picks: "folder", sets: "working_directory" },
        help: "Where it starts. Leave empty for your home directory.",
      },
      {
        ...{ name: "notebook", label: "Notebook", kind: "file", picks: "file", sets: "open" },
        help: "What it opens first, in that folder.",
      },
    ],
  },
  {
    name: "course",
    title: "Prepare a course",
    description: "For teachers: JupyterLab for a whole working day.",
    app: "jupyterlab",
    cluster: "testbed",
    visible_to: ["teachers"],
    resources: { cpus: 4, memory: "8G", time: "10h", partition: "batch" },
  },
  {
    name: "gpu",
    title: "JupyterLab with a GPU",
    description: "One A100 (in the testbed: a device that no driver answers for).",
    app: "jupyterlab",
    cluster: "testbed",
    resources: { cpus: 4, memory: "4G", time: "2h", partition: "gpu", gpus: { type: "a100", count: 1 } },
    // Others wait for it.
    idle: { after: "1h", warn_before: "10m" },
  },
  {
    name: "short",
    title: "JupyterLab, half an hour",
    description: "A quick look at something; starts first when the cluster is full.",
    app: "jupyterlab",
    cluster: "testbed",
    resources: { cpus: 1, memory: "1G", time: "30m", partition: "debug" },
    extend: false,
    warn_before: ["5m", "1m"],
  },
  {
    name: "noop",
    title: "Nothing at all",
    description: "Answers requests and does no work: for trying Fairway itself.",
    app: "noop",
    cluster: "testbed",
    resources: { cpus: 1, memory: "100M", time: "1h", partition: "batch" },
  },
];
