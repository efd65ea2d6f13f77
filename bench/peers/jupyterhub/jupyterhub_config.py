# Stock JupyterHub with batchspawner on the hub node of a testbed, run by root as its documentation has
# it. Only what a site must say is said: who may sign in, where the hub is, what a job asks for, and
# full paths, since JupyterHub 6 hands a job no PATH. Everything that costs time is left as shipped.
import os

import batchspawner  # noqa: F401  # registers the handler by which a job reports its port

peer = "/home/jupyterhub-peer"
c = get_config()  # noqa: F821

c.JupyterHub.bind_url = "http://0.0.0.0:8100"
c.JupyterHub.hub_ip = "0.0.0.0"
c.JupyterHub.hub_connect_ip = "hub"
c.JupyterHub.db_url = "sqlite:////var/lib/jupyterhub/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = "/var/lib/jupyterhub/cookie_secret"
c.ConfigurableHTTPProxy.pid_file = "/var/lib/jupyterhub/proxy.pid"
c.ConfigurableHTTPProxy.command = [
    os.environ["BENCH_NODE"],
    f"{peer}/proxy/node_modules/configurable-http-proxy/bin/configurable-http-proxy",
]

c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.allow_named_servers = True
c.JupyterHub.services = [{"name": "bench", "api_token": os.environ["BENCH_API_TOKEN"]}]
c.JupyterHub.load_roles = [
    {
        "name": "bench",
        "services": ["bench"],
        "scopes": ["admin:users", "admin:servers", "access:servers"],
    }
]

c.JupyterHub.spawner_class = "batchspawner.SlurmSpawner"
c.Spawner.cmd = [os.environ["BENCH_SINGLEUSER"]]
c.Spawner.start_timeout = 3600  # the wait in the queue is part of it
c.SlurmSpawner.batchspawner_singleuser_cmd = f"{peer}/env/bin/batchspawner-singleuser"
c.SlurmSpawner.req_partition = "batch"
c.SlurmSpawner.req_nprocs = os.environ["BENCH_CPUS"]
c.SlurmSpawner.req_memory = os.environ["BENCH_MEMORY"]
c.SlurmSpawner.req_runtime = "1:00:00"
