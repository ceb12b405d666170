// links.go - two members on real lines: how soon, what is lost, what grows.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	siteName = "site.test.example"
	hqName   = "hq.test.example"
	roundOne = 100 * time.Millisecond // each way
	lossOne  = 0.01

	epochBound = 256 // kB that may stay of an epoch of two members
)

var errNoLine = errors.New("no lines here")

// pair is a site and its headquarters, which the site dials.
type pair struct {
	b        *bench
	site, hq *node
	mu       sync.Mutex
	sent     map[string]time.Time // record: when its POST began
	seen     map[string]time.Time // record: when hq's stream showed it
	seq      int64                // atomic
	quit     context.CancelFunc
}

// newPair founds the two; at: where hq is dialled, listen: where it listens.
func newPair(b *bench, name string, rooms [2]*room, listen, at string) (*pair, error) {
	p := &pair{b: b, sent: map[string]time.Time{}, seen: map[string]time.Time{}}
	p.site = &node{dir: filepath.Join(b.work, name+"-site"), room: rooms[0]}
	p.hq = &node{dir: filepath.Join(b.work, name+"-hq"), room: rooms[1]}
	cards := []string{p.site.dir + ".card", p.hq.dir + ".card"}
	genesis := filepath.Join(b.work, name+".genesis")
	for i, n := range []*node{p.site, p.hq} {
		own, role, fed := siteName, "plant", "tcp://127.0.0.1:0"
		if i == 1 {
			own, role, fed = hqName, "hq", listen
		}
		// Alone in its room it may have any port.
		if _, err := n.cli("init", "--name", own, "--role", role, "--http",
			"127.0.0.1:0", "--federation", fed); err != nil {
			return nil, err
		}
		where := []string{"", at}[i]
		if _, err := n.cli("alliance", "card", "--endpoint", where, "-o",
			cards[i]); err != nil {
			return nil, err
		}
	}
	if _, err := lianfang(nil, "alliance", "create", "--name", "links", "-o",
		genesis, cards[0], cards[1]); err != nil {
		return nil, err
	}
	for _, n := range []*node{p.hq, p.site} {
		if err := n.start(); err != nil {
			return nil, err
		}
		if _, err := n.cli("alliance", "join", genesis); err != nil {
			return nil, err
		}
	}
	if err := p.acquaint(); err != nil {
		return nil, err
	}
	p.listen()
	return p, nil
}

// acquaint waits until hq holds something of the site: a stream follows what is
// there when it begins.
func (p *pair) acquaint() error {
	if err := p.raise(); err != nil {
		return err
	}
	p.forget()
	bound := time.Now().Add(60 * time.Second)
	for {
		_, out, err := p.hq.ask("GET", "/v1/sources", nil)
		if err != nil {
			return err
		}
		if strings.Contains(string(out), siteName) {
			return nil
		}
		if time.Now().After(bound) {
			return fmt.Errorf("hq holds nothing of the site: %s", out)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

var recordID = regexp.MustCompile(`"recordId":"([0-9a-f-]{36})"`)

// listen notes each alarm that hq shows, as soon as it does.
func (p *pair) listen() {
	ctx, quit := context.WithCancel(context.Background())
	p.quit = quit
	req, _ := http.NewRequestWithContext(ctx, "GET",
		"http://node/v1/events?kind=ALARM", nil)
	sock := filepath.Join(p.hq.dir, "node.sock")
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(c context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(c, "unix", sock)
		}}}
	ready := make(chan struct{})
	go func() {
		resp, err := client.Do(req)
		close(ready)
		if err != nil {
			return
		}
		defer resp.Body.Close()
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(make([]byte, 65536), 1<<20)
		for lines.Scan() {
			m := recordID.FindStringSubmatch(lines.Text())
			if m == nil {
				continue
			}
			p.mu.Lock()
			if _, was := p.seen[m[1]]; !was {
				p.seen[m[1]] = time.Now()
			}
			p.mu.Unlock()
		}
	}()
	<-ready
}

// raise sends one alarm to the site.
func (p *pair) raise() error {
	n := atomic.AddInt64(&p.seq, 1)
	began := time.Now()
	status, out, err := p.site.ask("POST", "/v1/alarms", map[string]interface{}{
		"source": "gds-" + strconv.FormatInt(n%7, 10), "sourceSeq": strconv.FormatInt(n, 10),
		"level": 3, "kind": "gas", "area": "tank-farm-2", "title": "LEL high",
		"value": 12.5, "unit": "%LEL",
		"occurredAt": began.UTC().Format(time.RFC3339)})
	if err != nil {
		return err
	}
	var r struct{ RecordID string }
	if status != 201 || json.Unmarshal(out, &r) != nil || r.RecordID == "" {
		return fmt.Errorf("status %d: %s", status, out)
	}
	p.mu.Lock()
	p.sent[r.RecordID] = began
	p.mu.Unlock()
	return nil
}

func (p *pair) missing() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for r := range p.sent {
		if _, ok := p.seen[r]; !ok {
			n++
		}
	}
	return n
}

// arrived waits until hq has shown all that was sent.
func (p *pair) arrived(bound time.Duration) (time.Duration, error) {
	began := time.Now()
	for p.missing() > 0 {
		if time.Since(began) > bound {
			return bound, fmt.Errorf("%d alarms not at hq within %v",
				p.missing(), bound)
		}
		time.Sleep(5 * time.Millisecond)
	}
	return time.Since(began), nil
}

// forget begins a new measurement.
func (p *pair) forget() {
	p.mu.Lock()
	p.sent, p.seen = map[string]time.Time{}, map[string]time.Time{}
	p.mu.Unlock()
}

// took is how long each alarm was on its way, ascending.
func (p *pair) took() []time.Duration {
	var all []time.Duration
	p.mu.Lock()
	for r, t := range p.sent {
		if s, ok := p.seen[r]; ok {
			all = append(all, s.Sub(t))
		}
	}
	p.mu.Unlock()
	sort.Slice(all, func(i, k int) bool { return all[i] < all[k] })
	return all
}

// at raises n alarms, one each interval.
func (p *pair) at(n int, every time.Duration) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := 0; i < n; i++ {
		if err := p.raise(); err != nil {
			return err
		}
		<-tick.C
	}
	return nil
}

func (p *pair) stop() error {
	p.quit()
	err := p.site.stop()
	if e := p.hq.stop(); err == nil {
		err = e
	}
	return err
}

func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	i := int(q * float64(len(all)))
	if i >= len(all) {
		i = len(all) - 1
	}
	return all[i].Round(100 * time.Microsecond)
}

// ways has n alarms cross, after some that nobody counts, and says how long it
// took them.
func (p *pair) ways(what string, n int) error {
	if err := p.at(5, 20*time.Millisecond); err != nil {
		return err
	}
	if _, err := p.arrived(60 * time.Second); err != nil {
		return err
	}
	p.forget()
	if err := p.at(n, 40*time.Millisecond); err != nil {
		return err
	}
	if _, err := p.arrived(60 * time.Second); err != nil {
		return err
	}
	all := p.took()
	fmt.Printf("links: %s: %d alarms, from POST to the stream at hq: median %v, p99 %v, worst %v\n",
		what, len(all), quantile(all, 0.5), quantile(all, 0.99), quantile(all, 1))
	return nil
}

func freePort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	defer l.Close()
	return "tcp://" + l.Addr().String()
}

// near: over loopback.
func (b *bench) near(n int) error {
	at := freePort()
	p, err := newPair(b, "near", [2]*room{}, at, at)
	if err == nil {
		err = p.ways("loopback", n)
	}
	if err == nil {
		err = p.stop()
	}
	return err
}

// far: two namespaces and a long line.  errNoLine: not here.
func (b *bench) far(n int, lasts time.Duration, short bool) error {
	var rooms [2]*room
	for i := range rooms {
		var err error
		if rooms[i], err = newRoom(); err != nil {
			return fmt.Errorf("%w: no network namespace: %v", errNoLine, err)
		}
		defer rooms[i].close()
	}
	l, err := newLine(rooms[0], rooms[1], "10.77.0.2/24", "10.77.0.1/24", b.seed)
	if err != nil {
		return fmt.Errorf("%w: no tun interface: %v", errNoLine, err)
	}
	defer l.close()
	at := "tcp://10.77.0.1:8421"
	g, err := newGate(rooms[0])
	if err != nil {
		return err
	}
	defer g.at.Close()
	g.lead(strings.TrimPrefix(at, "tcp://"))
	dialled := at
	if short {
		dialled = "tcp://" + g.at.Addr().String()
	}
	p, err := newPair(b, "far", rooms, at, dialled)
	if err != nil {
		return err
	}
	l.set(roundOne, lossOne)
	if err = p.ways("200 ms there and back, 1 % lost", n); err != nil {
		return err
	}
	for _, c := range b.cuts(l, rooms[0], short) {
		if err = p.through(c); err != nil {
			return err
		}
	}
	if short { // one pair for all
		l.set(time.Millisecond, 0)
		err = p.soak(g, lasts, short)
	}
	if err != nil {
		return err
	}
	return p.stop()
}

// fate is what happens to a line while alarms go on.
type fate struct {
	what  string
	lasts time.Duration
	begin func() error
	end   func() error
}

// cuts are the fates of a line.
func (b *bench) cuts(l *line, site *room, short bool) []fate {
	dead := fate{"nothing passes for 1 s", time.Second,
		func() error { l.sever(true); return nil },
		func() error { l.sever(false); return nil }}
	if short {
		return []fate{dead}
	}
	long := dead
	long.what, long.lasts = "half open for 40 s", 40*time.Second
	move := func() error {
		return site.run(func() error {
			if err := ip("address", "delete", "10.77.0.2/24", "dev", "line0"); err != nil {
				return err
			}
			return ip("address", "add", "10.77.0.3/24", "dev", "line0")
		})
	}
	return []fate{dead, long, {"another address, nobody is told", time.Second,
		move, func() error { return nil }}}
}

// through has alarms raised before, during and after it: all arrive.
func (p *pair) through(c fate) error {
	p.forget()
	if err := p.at(5, 20*time.Millisecond); err != nil {
		return err
	}
	if err := c.begin(); err != nil {
		return err
	}
	over := time.Now().Add(c.lasts)
	for time.Now().Before(over) {
		if err := p.at(5, 100*time.Millisecond); err != nil {
			return err
		}
	}
	if err := c.end(); err != nil {
		return err
	}
	if err := p.at(5, 20*time.Millisecond); err != nil {
		return err
	}
	took, err := p.arrived(120 * time.Second)
	if err != nil {
		return fmt.Errorf("%s: %v", c.what, err)
	}
	fmt.Printf("links: %s: %d alarms, all at hq %v after it\n", c.what,
		len(p.took()), took.Round(time.Millisecond))
	return nil
}

// size is what a process takes.
type size struct {
	anon, files, threads, sockets int
}

func (n *node) size() (s size, err error) {
	proc := fmt.Sprintf("/proc/%d/", n.cmd.Process.Pid)
	text, err := os.ReadFile(proc + "status")
	if err != nil {
		return s, err
	}
	for _, l := range strings.Split(string(text), "\n") {
		f := strings.Fields(l)
		if len(f) < 2 {
			continue
		}
		v, _ := strconv.Atoi(f[1])
		switch f[0] {
		case "RssAnon:":
			s.anon = v
		case "Threads:":
			s.threads = v
		}
	}
	fds, err := os.ReadDir(proc + "fd")
	for _, fd := range fds {
		s.files++
		to, _ := os.Readlink(proc + "fd/" + fd.Name())
		if strings.HasPrefix(to, "socket:") {
			s.sockets++
		}
	}
	return s, err
}

// sample keeps sizes, in the order of time.
type sample struct {
	name string
	all  []size
}

// least of what was measured in a part of the time, 0 to 1: what is just being
// closed comes on top of it, what was forgotten stays in it.
func (s *sample) least(from, to float64, of func(size) int) int {
	n := float64(len(s.all))
	least := 0
	for i, x := range s.all[int(from*n):int(to*n)] {
		if v := of(x); i == 0 || v < least {
			least = v
		}
	}
	return least
}

// grown says what was larger at the end than it had been for long.
func (s *sample) grown(spare int) error {
	for _, m := range []struct {
		what  string
		of    func(size) int
		allow func(int) int
	}{
		{"kB of memory of its own", func(x size) int { return x.anon },
			func(was int) int { return was/10 + spare }},
		{"descriptors", func(x size) int { return x.files },
			func(int) int { return 2 }},
		{"sockets", func(x size) int { return x.sockets },
			func(int) int { return 2 }},
		{"threads", func(x size) int { return x.threads },
			func(int) int { return 2 }},
	} {
		was, is := s.least(0.25, 0.5, m.of), s.least(0.75, 1, m.of)
		fmt.Printf("links: %s: %s %d, then %d\n", s.name, m.what, was, is)
		if is > was+m.allow(was) {
			return fmt.Errorf("%s: %s grew from %d to %d", s.name, m.what,
				was, is)
		}
	}
	return nil
}

// mark is what hq took after so many epochs.
type mark struct{ epochs, anon int }

// soaking is what has happened so far.
type soaking struct {
	p                        *pair
	g                        *gate
	hq, site                 sample
	every, look              int // turns, of 100 ms each
	epochs, restarts, alarms int
	marks                    []mark // while epochs come
}

// turn has ten alarms cross while the connection breaks; moving: now and then
// the members decide something, and the site is restarted.
func (s *soaking) turn(i int, moving bool) error {
	if err := s.p.at(10, 10*time.Millisecond); err != nil {
		return err
	}
	s.alarms += 10
	if i%3 == 0 {
		s.g.drop()
	}
	if moving && i%s.every == 0 {
		if err := s.p.decide(s.epochs); err != nil {
			return err
		}
		s.epochs++
	}
	if moving && i%(2*s.every) == 0 {
		if err := s.p.site.stop(); err != nil {
			return err
		}
		if err := s.p.site.start(); err != nil {
			return err
		}
		s.restarts++
	}
	if i%s.look != 0 {
		return nil
	}
	if _, err := s.p.arrived(60 * time.Second); err != nil {
		return err
	}
	s.p.forget()
	now, err := s.p.hq.size()
	if err != nil {
		return err
	}
	s.hq.all = append(s.hq.all, now)
	site, err := s.p.site.size()
	s.site.all = append(s.site.all, site)
	if moving {
		s.marks = append(s.marks, mark{s.epochs, now.anon})
	}
	return err
}

// each epoch takes so many kB of hq; the first half of them warms it up.
func (s *soaking) each() int {
	if s.epochs < 8 {
		return 0
	}
	mid, end := s.marks[len(s.marks)/2], s.marks[len(s.marks)-1]
	if end.epochs <= mid.epochs {
		return 0
	}
	kb := (end.anon - mid.anon) / (end.epochs - mid.epochs)
	fmt.Printf("links: hq: %d kB of memory for each epoch\n", kb)
	return kb
}

// soak is a day in little.  What is decided is remembered as long as the node
// runs: epochs and restarts come in the first quarter, which is not compared.
func (p *pair) soak(g *gate, lasts time.Duration, short bool) error {
	s := &soaking{p: p, g: g, hq: sample{name: "hq"},
		site: sample{name: "site"}, every: 20, look: 5}
	spare := 1024
	if short {
		s.every, s.look, spare = 3, 2, 4096
	}
	p.forget()
	began := time.Now()
	for i := 1; i <= 24 || time.Since(began) < lasts; i++ {
		moving := i <= 6 || time.Since(began) < lasts/4
		if err := s.turn(i, moving); err != nil {
			return err
		}
	}
	if _, err := p.arrived(60 * time.Second); err != nil {
		return err
	}
	fmt.Printf("links: soak: %d alarms, %d connections, %d epochs, %d restarts of the site in %v\n",
		s.alarms, atomic.LoadInt64(&g.count), s.epochs, s.restarts,
		time.Since(began).Round(time.Second))
	if each := s.each(); each > epochBound {
		return fmt.Errorf("each epoch takes %d kB", each)
	}
	if err := s.hq.grown(spare); err != nil {
		return err
	}
	return s.site.grown(spare)
}

// broken is a soak over loopback, through a gate.
func (b *bench) broken(lasts time.Duration, short bool) error {
	g, err := newGate(nil)
	if err != nil {
		return err
	}
	defer g.at.Close()
	at := freePort()
	g.lead(strings.TrimPrefix(at, "tcp://"))
	p, err := newPair(b, "soak", [2]*room{}, at, "tcp://"+g.at.Addr().String())
	if err == nil {
		err = p.soak(g, lasts, short)
	}
	if err == nil {
		err = p.stop()
	}
	return err
}

// decide makes one more epoch by the votes of both.
func (p *pair) decide(n int) error {
	out, err := p.hq.cli("alliance", "propose", "pack", fmt.Sprintf("p%d", n%8),
		"--file", filepath.Join(p.hq.dir, "site"), "--json")
	var m struct{ ID string }
	if err == nil {
		err = json.Unmarshal(out, &m)
	}
	if err != nil {
		return err
	}
	bound := time.Now().Add(60 * time.Second)
	for {
		_, err = p.site.cli("alliance", "vote", m.ID)
		if err == nil || time.Now().After(bound) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// links runs all of it; below 10 seconds only what shows that all arrives.
func (b *bench) links(seconds int) error {
	lasts, short, n := time.Duration(seconds)*time.Second, seconds < 10, 500
	if short {
		n = 20
	} else if err := b.near(n); err != nil {
		return err
	}
	err := b.far(n, lasts, short)
	if errors.Is(err, errNoLine) {
		fmt.Println("links: skipped,", err)
		return b.broken(lasts, short)
	}
	if err != nil || short {
		return err
	}
	return b.broken(lasts, short)
}
