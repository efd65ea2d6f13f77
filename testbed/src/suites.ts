// Which Debian suite carries which Slurm, and what goes into its root file system. Pure.
import type { SlurmVersion } from "./layout.ts";

export interface Suite {
  readonly suite: string;
  readonly packages: readonly string[];
  /** Whether the pinned JupyterLab runs on the suite's Python. */
  readonly jupyter: boolean;
}

const common = [
  ...["slurmctld", "slurmd", "slurmdbd", "slurmrestd", "slurm-client", "munge", "mariadb-server"],
  ...["openssh-server", "openssh-client", "iproute2", "procps", "nftables", "netcat-openbsd", "curl", "wget", "rsync"],
  ...["ca-certificates", "openssl", "sudo", "libpam-modules", "pamtester", "python3", "python3-venv"],
];
// On bullseye these two are part of slurm-wlm-basic-plugins.
const plugins = ["slurm-wlm-mysql-plugin", "slurm-wlm-jwt-plugin"];

export const suites: Readonly<Record<SlurmVersion, Suite>> = {
  "20.11": { suite: "bullseye", packages: common, jupyter: false },
  "22.05": { suite: "bookworm", packages: [...common, ...plugins], jupyter: true },
  "24.11": { suite: "trixie", packages: [...common, ...plugins], jupyter: true },
  "26.05": { suite: "sid", packages: [...common, ...plugins], jupyter: true },
};
