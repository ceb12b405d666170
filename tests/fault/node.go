// node.go - one lianfangd: started, asked, stopped.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// openBound is how long a node may take from its start to its ready line,
// whatever happened to it before.  Generous: other work shares the machine.
const openBound = 20 * time.Second

const (
	askBound  = 20 * time.Second
	stopBound = 60 * time.Second
	nodeName  = "f.test.example"
	answerMax = 64 << 20
)

var (
	build     = "build"
	shim      string
	wallclock string
)

// node is a directory, and its process while it runs.
type node struct {
	dir    string
	share  *share // nil: without the shim
	record string // file for the record of changes, or ""
	clock  string // file that says what time it is (wallclock.c), or ""
	room   *room  // network namespace (line.go); nil: ours
	cmd    *exec.Cmd
	exited chan struct{}
	state  error // of the ended process
	url    string
	took   time.Duration // from start to ready
	out    *tail
	http   *http.Client
}

// tail keeps the end of what a process said.
type tail struct {
	mu   sync.Mutex
	text []byte
	more chan struct{}
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, p...)
	if len(t.text) > 65536 {
		t.text = append([]byte(nil), t.text[len(t.text)-32768:]...)
	}
	select {
	case t.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}

var errDied = errors.New("the node ended before it was ready")

func (n *node) start() error {
	n.out = &tail{more: make(chan struct{}, 1)}
	n.cmd = exec.Command(filepath.Join(build, "lianfangd"), "--dir", n.dir)
	n.cmd.Stdout, n.cmd.Stderr = n.out, n.out
	n.cmd.Env = os.Environ()
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var preload []string
	if n.share != nil {
		preload = append(preload, shim)
		n.cmd.Env = append(n.cmd.Env, "FAULT_DIR="+n.dir,
			"FAULT_SHARE="+n.sharePath())
		if n.record != "" {
			n.cmd.Env = append(n.cmd.Env, "FAULT_RECORD="+n.record)
		}
	}
	if n.clock != "" {
		preload = append(preload, wallclock)
		n.cmd.Env = append(n.cmd.Env, "TURN_FILE="+n.clock)
	}
	if len(preload) > 0 {
		n.cmd.Env = append(n.cmd.Env, "LD_PRELOAD="+strings.Join(preload, ":"))
	}
	began := time.Now()
	if err := n.room.run(n.cmd.Start); err != nil {
		return err
	}
	n.exited = make(chan struct{})
	go func(cmd *exec.Cmd, exited chan struct{}) {
		n.state = cmd.Wait()
		close(exited)
	}(n.cmd, n.exited)
	late := time.After(openBound)
	for {
		if i := strings.Index(n.out.String(), " ready http="); i >= 0 {
			rest := n.out.String()[i+12:]
			if j := strings.IndexAny(rest, " \n"); j > 0 {
				n.url = "http://" + rest[:j]
				break
			}
		}
		select {
		case <-n.out.more:
		case <-n.exited:
			return errDied
		case <-late:
			n.kill()
			return fmt.Errorf("not ready after %v: %s", openBound, n.out)
		}
	}
	n.took = time.Since(began)
	n.dial()
	return nil
}

func (n *node) sharePath() string { return n.dir + ".share" }

func (n *node) dial() {
	sock := filepath.Join(n.dir, "node.sock")
	n.http = &http.Client{Timeout: askBound, Transport: &http.Transport{
		MaxIdleConnsPerHost: 64,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", sock)
		}}}
}

func (n *node) alive() bool {
	select {
	case <-n.exited:
		return false
	default:
		return true
	}
}

func (n *node) kill() {
	if n.cmd == nil {
		return
	}
	_ = n.cmd.Process.Kill()
	<-n.exited
	n.closeIdle()
}

func (n *node) closeIdle() {
	if n.http != nil {
		n.http.CloseIdleConnections()
	}
}

// wait for the end of a process that was told to end, or ends by itself.
func (n *node) wait(bound time.Duration) error {
	defer n.closeIdle()
	select {
	case <-n.exited:
		return n.state
	case <-time.After(bound):
		n.kill()
		return fmt.Errorf("still there after %v", bound)
	}
}

func (n *node) stop() error {
	_ = n.cmd.Process.Signal(syscall.SIGTERM)
	return n.wait(stopBound)
}

// ask over the node's own socket, as its administrator.
func (n *node) ask(method, path string, body interface{}) (int, []byte, error) {
	return n.send(n.http, "http://node"+path, method, "", body)
}

func (n *node) send(c *http.Client, url, method, token string,
	body interface{}) (int, []byte, error) {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, url, in)
	if err != nil {
		return 0, nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	out, err := io.ReadAll(io.LimitReader(resp.Body, answerMax))
	return resp.StatusCode, out, err
}

// cli runs a command of lianfang against the directory.
func (n *node) cli(args ...string) ([]byte, error) {
	return n.cliWith(nil, args...)
}

func (n *node) cliWith(env []string, args ...string) ([]byte, error) {
	return lianfang(env, append(append([]string{}, args...), "--dir", n.dir)...)
}

// lianfang runs a command that may concern no node at all.
func lianfang(env []string, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), stopBound)
	defer cancel()
	c := exec.CommandContext(ctx, filepath.Join(build, "lianfang"), args...)
	c.Env = append(append(os.Environ(), "LC_ALL=C.UTF-8"), env...)
	var out, bad bytes.Buffer
	c.Stdout, c.Stderr = &out, &bad
	if err := c.Run(); err != nil {
		return out.Bytes(), fmt.Errorf("lianfang %s: %v: %s%s",
			strings.Join(args, " "), err, out.Bytes(), bad.Bytes())
	}
	return out.Bytes(), nil
}
