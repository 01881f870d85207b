"""`picket-node doctor` and `picket-hub doctor` against what they are there to find, each really brought about: names, ways,
ports and sockets that are not what they should be; cameras and disks; a hub that hangs, that does not store, that nobody
can reach; and two machines with one name. What needs a network or a disk of its own gets one in namespaces.

usage: doctor.py FOLDER_OF_PROGRAMS"""

import concurrent.futures
import contextlib
import functools
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading

import imagezmq
import zmq

from programs import FOLDER, PATIENCE_S, Hub, Program, check, free_port, run, wait_for

STAND_IN = pathlib.Path(__file__).resolve().parents[2] / "node" / "tests" / "stand-in" / "rpicam-vid"
skipped = []


class Found:
    """What a doctor has found: its exit status, and its lines."""

    def __init__(self, program, configuration, *options, inside=None, env=None):
        """The configuration is a text, or the path of a file."""
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            place = configuration
            if isinstance(configuration, str):
                place = pathlib.Path(folder, "doctor.yaml")
                place.write_text(configuration)
            command = [str(FOLDER / program), "doctor", str(place), "--json", *options]
            command = inside(command) if inside else command
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, env=env)
        self.told = f"{done.stdout}{done.stderr}"
        self.status = done.returncode
        self.lines = [json.loads(line) for line in done.stdout.splitlines()]

    def expect(self, name, verdict, words, advice=""):
        """One of the checks came out so; and the exit status says whether any is wrong."""
        rows = [line for line in self.lines if line["check"] == name and line["verdict"] in verdict.split("|")]
        fits = [row for row in rows if words in row["found"] and advice in row.get("try", "")]
        check(fits, f"no '{name}' is {verdict} with '{words}' and '{advice}':\n{self.told}")
        wrong = any(line["verdict"] == "wrong" for line in self.lines)
        check(self.status == int(wrong), f"the exit status is {self.status}:\n{self.told}")
        return self


def node(port, host="127.0.0.1", cameras="[{source: {kind: pattern, resolution: 64x48}}]", name="Barn", more=""):
    hub = f"{{connect: 'tcp://{host}:{port}', timeout: 1s}}"
    return f"node: {{name: {name}, heartbeat: 1s}}\nhub: {hub}\ncameras: {cameras}\n{more}\n"


def node_doctor(*words, inside=None, env=None, **names):
    return Found("picket-node", node(*words, **names), inside=inside, env=env)


def in_namespace(kinds, setup, command):
    """The command in namespaces of its own, after the setup there."""
    script = f"set -e\n{setup}\nexec \"$@\""
    return ["unshare", "--map-root-user", *kinds, "sh", "-c", script, "sh", *command]


def with_namespaces(kinds, setup):
    """How to run a command there; None, and a word about it, where this machine forbids it."""
    inside = functools.partial(in_namespace, kinds, setup)
    tried = subprocess.run(inside(["true"]), capture_output=True, text=True)
    if tried.returncode == 0:
        return inside
    skipped.append(f"namespaces ({' '.join(kinds)}): {tried.stderr.strip()}")
    return None


def as_nobody(command):
    """As a user who may do nothing in particular."""
    return command if os.geteuid() else ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command]


def nobody_can_run(program):
    if subprocess.run(as_nobody([str(FOLDER / program), "--version"]), capture_output=True).returncode == 0:
        return True
    skipped.append(f"another user: nobody may not run {FOLDER / program}")
    return False


# The network.


def check_names():
    node_doctor(5555, "picket.invalid").expect("address", "wrong", "picket.invalid is not found").expect(
        "hub", "not_checked", "its address is not known"
    )
    with tempfile.TemporaryDirectory() as folder:
        hosts, order = pathlib.Path(folder, "hosts"), pathlib.Path(folder, "nsswitch.conf")
        hosts.write_text("127.0.0.1 localhost\n127.0.1.1 hub.farm\nfd00::7 six.farm\n")
        order.write_text("hosts: files\n")
        setup = f"mount --bind {hosts} /etc/hosts; mount --bind {order} /etc/nsswitch.conf"
        inside = with_namespaces(["--mount"], setup)
        if inside:
            found = node_doctor(free_port(), "hub.farm", inside=inside)
            found.expect("address", "warning", "hub.farm is 127.0.1.1, which is this machine itself", "/etc/hosts")
            found.expect("port", "wrong", "is closed")
            node_doctor(5555, "six.farm", inside=inside).expect("address", "wrong", "IPv6 only (fd00::7)")
            node_doctor(5555, "hub.local", inside=inside).expect("address", "wrong", "hub.local is not found", "libnss-mdns")


def check_ways():
    inside = with_namespaces(["--net"], "")
    if inside:
        found = node_doctor(5555, "192.0.2.7", inside=inside)
        found.expect("route", "wrong", "Network is unreachable").expect("hub", "not_checked", "no way leads there")
    inside = with_namespaces(["--net"], "ip link set lo up; ip route add unreachable 192.0.2.7")
    if inside:
        node_doctor(5555, "192.0.2.7", inside=inside).expect("route", "wrong", "No route to host")
    # A port whose queue of connections is full drops what comes, as a firewall does.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, contextlib.ExitStack() as waiting:
        port = full.getsockname()[1]
        for _place in range(4):
            one = waiting.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        node_doctor(port).expect("port", "wrong", "is silent: no answer within 1.0s", f"ufw allow {port}/tcp")


def check_strangers():
    node_doctor(free_port()).expect("port", "wrong", "is closed").expect("hub", "not_checked", "cannot be reached")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        node_doctor(silent.getsockname()[1]).expect("hub", "wrong", "takes connections and says nothing")

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_words):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Quiet) as web:
        web.handle_error = lambda *_words: None  # The doctor hangs up on it.
        threading.Thread(target=web.serve_forever, daemon=True).start()
        node_doctor(web.server_port).expect("hub", "wrong", "a web server listens there (HTTP/1.0 200 OK)")
        web.shutdown()
    with socket.create_server(("127.0.0.1", 0)) as shell:

        def greet():
            with contextlib.suppress(OSError):
                while True:
                    shell.accept()[0].sendall(b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")

        threading.Thread(target=greet, daemon=True).start()
        node_doctor(shell.getsockname()[1]).expect("hub", "wrong", 'it says "SSH-2.0-OpenSSH_9.2p1 Debian-2"')


def check_sockets():
    context = zmq.Context()

    def bound(kind, prepare=lambda _socket: None):
        opened = context.socket(kind)
        opened.setsockopt(zmq.LINGER, 0)
        prepare(opened)
        return opened, opened.bind_to_random_port("tcp://127.0.0.1")

    def secure(opened):
        _public, secret = zmq.curve_keypair()
        opened.setsockopt(zmq.CURVE_SERVER, 1)
        opened.setsockopt(zmq.CURVE_SECRETKEY, secret)

    for kind, words in [
        (zmq.PUB, "a PUB listens there: something that sends pictures"),
        (zmq.SUB, "REQ_REP=False and answers nobody"),
        (zmq.PUSH, "a PUSH listens there, and a hub is a ROUTER"),
        (zmq.ROUTER, "a ROUTER listens there and does not answer"),
        (zmq.REP, "a REP listens there and does not answer"),
    ]:
        opened, port = bound(kind)
        node_doctor(port).expect("hub", "wrong", words)
        opened.close()
    opened, port = bound(zmq.ROUTER, secure)
    node_doctor(port).expect("hub", "wrong", "a secure door listens there (CURVE)", "plain door")
    opened.close()

    port = free_port()
    hub = imagezmq.ImageHub(open_port=f"tcp://127.0.0.1:{port}")
    hub.zmq_socket.setsockopt(zmq.RCVTIMEO, 100)
    stop = threading.Event()

    def serve():
        while not stop.is_set():
            with contextlib.suppress(zmq.Again):
                hub.recv_jpg()
                hub.send_reply(b"OK")

    server = threading.Thread(target=serve)
    server.start()
    try:
        for protocol in "picket", "imagezmq":
            configuration = node(port).replace("timeout:", f"protocol: {protocol}, timeout:")
            found = Found("picket-node", configuration).expect("hub", "ok", "an imagezmq hub (REP), which answers within")
            found.expect("hub's clock", "not_checked", "does not tell")
    finally:
        stop.set()
        server.join()
        hub.close()
        context.term()


# This machine.


def check_cameras():
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        device = pathlib.Path(folder, "video0")
        device.write_bytes(b"")
        device.chmod(0)
        cameras = f"[{{source: {{kind: v4l2, device: '{device}'}}}}]"
        if nobody_can_run("picket-node"):
            node_doctor(9, cameras=cameras, inside=as_nobody).expect("camera", "wrong", "is this user in the group `video`?")
        device.unlink()
        node_doctor(9, cameras=cameras).expect("camera", "wrong", f"there is no {device}", "picket-node cameras")

        # A camera that another program has, by the lines that rpicam-vid then says.
        shutil.copy(STAND_IN, pathlib.Path(folder, "rpicam-vid"))
        busy = "[0:19] [2746]  INFO Camera camera.cpp:839 Pipeline handler in use by another process"
        pathlib.Path(folder, "camera.json").write_text(json.dumps({"say": [busy], "fail": "failed to acquire camera"}))
        env = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
        pi = "[{source: {kind: picamera}}]"
        # Alone, where no other node can be seen that may have it.
        alone = with_namespaces(["--pid", "--fork", "--mount-proc"], "")
        if alone:
            found = node_doctor(9, cameras=pi, env=env, inside=alone).expect("node", "warning", "no picket-node runs here")
            found.expect("camera", "wrong", "another program has the camera")
        # While the node itself runs, that is as it should be; and another node's process is told from it.
        with Program("picket-node", node(9, cameras=pi)) as running:
            words = f"picket-node (process {running.child.pid})"
            wait_for(lambda: running.count("node started"), "the node to start")
            found = Found("picket-node", running.configuration, env=env).expect("node", "ok", words)
            found.expect("camera", "not_checked", f"{words} has it, which runs here")
            node_doctor(9).expect("node", "warning", "another picket-node runs here")
    more = "sensors: [{name: pir, kind: input, gpio: 17}]"
    if not list(pathlib.Path("/dev").glob("gpiochip*")):
        node_doctor(9, more=more).expect("pins", "wrong", "no pins can be used here")


def check_disks():
    fill = "dd if=/dev/zero of=PLACE/fill bs=1M count=99 2>/dev/null || true"
    setup = "mount -t tmpfs -o size=20m tmpfs /var/lib; mkdir /var/lib/picket-node"
    full = with_namespaces(["--mount"], f"{setup}; {fill.replace('PLACE', '/var/lib/picket-node')}")
    if full:
        node_doctor(9, inside=full).expect("disk", "wrong", "/var/lib/picket-node is full")
        locked = with_namespaces(["--mount"], f"{setup}; mount -o remount,ro /var/lib")
        node_doctor(9, inside=locked).expect("disk", "wrong", "/var/lib/picket-node is read-only", "dmesg")
    with tempfile.TemporaryDirectory() as data:
        full = with_namespaces(["--mount"], f"mount -t tmpfs -o size=20m tmpfs {data}; {fill.replace('PLACE', data)}")
        if full:
            hub_doctor(free_port(), data, inside=full).expect("disk", "wrong", f"{data} is full")


# The hub.


def hub_doctor(port, data, host="127.0.0.1", inside=None, patience="10m"):
    place = json.dumps(str(data))
    return Found(
        "picket-hub",
        f"hub: {{listen: 'tcp://{host}:{port}', data_directory: {place}, patience: {patience}}}\n",
        inside=inside,
    )


def check_addresses():
    with tempfile.TemporaryDirectory() as data:
        found = hub_doctor(free_port(), data).expect("address", "wrong", "no hub runs", "picket-hub run")
        found.expect("nodes", "warning", "nothing has ever arrived", "send-test")
        hub_doctor(5555, data, "192.0.2.1").expect("address", "wrong", "192.0.2.1 is no address of this machine")
        with socket.create_server(("127.0.0.1", 0)) as other:
            who = f"(process {os.getpid()})"
            hub_doctor(other.getsockname()[1], data, "*").expect("address", "wrong", who, "another port")
        hub_doctor(9, f"{data}/file/data").expect("data", "warning", "there is no")
        if nobody_can_run("picket-hub"):
            os.chmod(data, 0o500 if os.geteuid() else 0o755)
            inside = as_nobody
            hub_doctor(free_port(), data, inside=inside).expect("data", "wrong", "may not write there", "sudo chown")
            os.chmod(data, 0o000 if os.geteuid() else 0o700)
            # It may be that of a hub which runs here as another user, where one does.
            found = hub_doctor(free_port(), data, inside=inside)
            found.expect("data", "wrong|not_checked", "may not look into it")
            found.expect("nodes", "not_checked", "the data directory is shut")
            os.chmod(data, 0o700)


def send(port, *texts):
    """What a sender of imagezmq says."""
    sender = imagezmq.ImageSender(connect_to=f"tcp://127.0.0.1:{port}")
    sender.zmq_socket.setsockopt(zmq.RCVTIMEO, 1000 * PATIENCE_S)
    sender.zmq_socket.setsockopt(zmq.LINGER, 0)
    for text in texts:
        check(sender.send_jpg(text, b"\xff\xd8\xff\xd9") == b"OK", f"{text} was not answered OK")
    sender.close()


def check_open_hub():
    # What it was told when it was started counts, not what the doctor takes for its address.
    with Hub(host="*") as hub:
        hub_doctor(hub.port, hub.data).expect("address", "ok", f"listens at port {hub.port}, on all addresses")


def check_running_hub():
    with Hub() as hub:
        doctor = functools.partial(hub_doctor, hub.port, hub.data)
        found = doctor().expect("address", "warning", "nothing but this machine can reach", f"tcp://*:{hub.port}")
        found.expect("hub", "ok", "answers within").expect("journal", "ok", "all that was acknowledged is stored")
        found.expect("nodes", "warning", "nothing has ever arrived").expect("data", "ok", f"(process {hub.child.pid})")
        hub_doctor(free_port(), hub.data).expect("address", "wrong", f"(process {hub.child.pid})", "systemctl restart")

        send(hub.port, "Old Door|motion|moving")
        wait_for(lambda: hub.rows("events"), "the event to be stored")
        doctor().expect("imagezmq senders", "ok", "heard lately: Old")
        # By another patience it is silent by now.
        end = wait_for(lambda: silent(hub), "the sender to count as silent")
        end.expect("node Old", "warning", "it speaks imagezmq only", "is it to send still?")
        node_doctor(hub.port).expect("hub", "ok", "the Picket hub").expect("hub's clock", "ok", "")

        # Somebody holds the index: what comes is acknowledged, and waits.
        with contextlib.closing(sqlite3.connect(hub.data / "picket.db", isolation_level=None)) as index:
            index.execute("BEGIN IMMEDIATE")
            send(hub.port, "Old Door|motion|still", "Old Door|motion|moving")
            doctor().expect("journal", "wrong", "wait to be stored, and they become no fewer", "nothing is lost")
            index.execute("ROLLBACK")
        wait_for(lambda: doctor().status == 0, "the messages to be stored")

        # It hangs: its port is open and nobody is behind it.
        hub.child.send_signal(signal.SIGSTOP)
        try:
            doctor().expect("hub", "wrong", "it says nothing", "hangs")
            node_doctor(hub.port).expect("hub", "wrong", "takes connections and says nothing", "hangs")
        finally:
            hub.child.send_signal(signal.SIGCONT)
        doctor().expect("hub", "ok", "answers within")


def silent(hub):
    found = hub_doctor(hub.port, hub.data, patience="1s")
    return found if "silent for" in found.told else None


def check_twins():
    """Two nodes with one name; the second one's machine has another id."""
    serial = pathlib.Path("/sys/firmware/devicetree/base/serial-number")
    if serial.exists():
        skipped.append("two machines: this one's serial number cannot be changed")
        return
    with tempfile.TemporaryDirectory() as folder, Hub() as hub:
        other = pathlib.Path(folder, "machine-id")
        other.write_text("0123456789abcdef0123456789abcdef\n")
        inside = with_namespaces(["--mount"], f"mount --bind {other} /etc/machine-id")
        if not inside:
            return
        configuration = node(hub.port, cameras="[{view: Door, source: {kind: pattern, resolution: 64x48, framerate: 1}}]")
        with Program("picket-node", configuration) as one:
            wait_for(lambda: one.count("connected hub="), "the first node to be connected")
            found = node_doctor(hub.port).expect("node's name", "ok", "one machine that is called Barn")
            place = pathlib.Path(folder, "node.yaml")
            place.write_text(configuration)
            with open(pathlib.Path(folder, "output"), "w") as output:
                command = inside([str(FOLDER / "picket-node"), "run", str(place)])
                env = {**os.environ, "XDG_STATE_HOME": folder}
                twin = subprocess.Popen(command, stdout=output, stderr=output, env=env)
            try:
                wait_for(lambda: one.count("another machine calls itself Barn too"), "the first node to hear of its twin")
                found = node_doctor(hub.port)
                found.expect("node's name", "wrong", "machine 0123456789abcdef0123456789abcdef at 127.0.0.1", "cloned")
                check("another machine calls itself Barn too" in pathlib.Path(folder, "output").read_text(), "the twin is not told")
            finally:
                twin.terminate()
                twin.wait(PATIENCE_S)
        row = wait_for(lambda: [row for row in hub.rows("events") if row["what"] == "name"], "the event")[0]
        check(row["state"] == "twice" and "0123456789abcdef" in row["reason"], f"the event is {row}")
        hub_doctor(hub.port, hub.data).expect("node Barn", "wrong", "two machines have the name Barn", "cloned")
        listed = subprocess.run([FOLDER / "picket-hub", "nodes", "--data", hub.data], capture_output=True, text=True)
        check("two machines have the name Barn" in listed.stdout, f"picket-hub nodes says {listed.stdout}")


def main():
    checks = [
        check_names,
        check_ways,
        check_strangers,
        check_sockets,
        check_cameras,
        check_disks,
        check_addresses,
        check_open_hub,
        check_running_hub,
        check_twins,
    ]
    # Most of the time is spent waiting for those who say nothing.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(one) for one in checks]:
            done.result()
    left = "".join(f"; NOT CHECKED, {why}" for why in skipped)
    return f"doctor: {len(checks)} groups of causes, each brought about and found{left}"


run(main)
