// main.go - crashes, power losses and failing calls for a real node.
// SPDX-License-Identifier: Apache-2.0

//	fault crash -kills 60        SIGKILL at storage calls and at random instants
//	fault power -images 60       disks as a power loss may leave them
//	fault failing -faults 40     every storage call fails once
//	fault full                   no space, no descriptors; and again some
//	fault power-cut -cuts 5      ext4 on a loop device, cut off (root)
//	fault retain -kills 9        all of it while terms end, holds are lifted and
//	                             erasures that waited are carried out
//	fault links -seconds 6       two members on lines that are slow, lossy, cut;
//	                             what a day of breaking them leaves behind (root)
//
// One line per finding, with what repeats it; exit status 0 only without one.
package main

import (
	"flag"
	"fmt"
	"math/rand"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

// bench is what one run of this program has.
type bench struct {
	work   string // directory, removed at the end
	model  string // an initialised node to copy
	vkeys  map[string]string
	seed   int64
	jobs   int
	keep   bool
	call   uint64 // 0: all
	way    string // "": every
	lasts  int    // links: seconds of breaking
	mu     sync.Mutex
	counts map[string]int
	worst  time.Duration
	bad    int
	mounts []string
	skip   string // why nothing could be tried
}

// clean leaves nothing behind.
func (b *bench) clean() {
	for _, m := range b.mounts {
		_ = syscall.Unmount(m, syscall.MNT_DETACH)
	}
	if b.keep {
		fmt.Println("left:", b.work)
	} else {
		_ = os.RemoveAll(b.work)
	}
}

// caught makes a finding of a panic, so that all is cleaned up.
func (b *bench) caught() {
	if r := recover(); r != nil {
		b.finding(nil, "%v\n%s", r, debug.Stack())
	}
}

func (b *bench) count(what string, n int) {
	b.mu.Lock()
	b.counts[what] += n
	b.mu.Unlock()
}

func (b *bench) opened(n *node) {
	b.mu.Lock()
	if n.took > b.worst {
		b.worst = n.took
	}
	b.mu.Unlock()
	b.count("opened", 1)
}

// finding says what is wrong and where the remains are.
func (b *bench) finding(n *node, format string, args ...interface{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.bad++
	fmt.Printf("FAIL "+format+" (seed %d)\n", append(args, b.seed)...)
	if n != nil && n.out != nil {
		text := n.out.String()
		if len(text) > 1500 {
			text = text[len(text)-1500:]
		}
		fmt.Printf("     node: %s\n", text)
	}
}

// fresh is a copy of the model, with a shim's page of its own.
func (b *bench) fresh(name string) *node {
	n := &node{dir: filepath.Join(b.work, name)}
	must(copyTree(b.model, n.dir))
	var err error
	n.share, err = newShare(n.sharePath())
	must(err)
	return n
}

func (b *bench) drop(n *node) {
	if b.keep {
		return
	}
	_ = os.RemoveAll(n.dir)
	_ = os.Remove(n.sharePath())
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// makeModel is a node with people, as the others start from it.
func (b *bench) makeModel() {
	n := &node{dir: b.model}
	_, err := n.cli("init", "--name", nodeName, "--role", "plant", "--http",
		"127.0.0.1:0", "--federation", "tcp://127.0.0.1:0")
	must(err)
	must(n.start())
	must(prepare(n))
	must(n.stop())
	b.vkeys, err = vkeysOf(n)
	must(err)
}

// spread runs f for 0 .. n-1 on b.jobs workers, each with dice of its own.
func (b *bench) spread(n int, f func(i int, dice *rand.Rand)) {
	var all sync.WaitGroup
	next := make(chan int)
	for j := 0; j < b.jobs; j++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for i := range next {
				func() {
					defer b.caught()
					f(i, rand.New(rand.NewSource(b.seed+int64(i))))
				}()
			}
		}()
	}
	for i := 0; i < n; i++ {
		next <- i
	}
	close(next)
	all.Wait()
}

func (b *bench) sum(what string) {
	fmt.Printf("%s: seed %d;", what, b.seed)
	for _, k := range []string{"kills", "ran through", "unready", "images",
		"cuts", "faults", "halted", "opened", "receipts", "heads", "507",
		"calls"} {
		if b.counts[k] > 0 {
			fmt.Printf(" %d %s;", b.counts[k], k)
		}
	}
	fmt.Printf(" slowest opening %d ms (bound %v)\n",
		b.worst.Milliseconds(), openBound)
}

func main() {
	b := &bench{counts: map[string]int{}}
	set := flag.NewFlagSet("fault", flag.ExitOnError)
	kills := set.Int("kills", 60, "crash: how many")
	images := set.Int("images", 60, "power: how many; 0: all crash points")
	faults := set.Int("faults", 40, "failing: how many; 0: every call, every way")
	cuts := set.Int("cuts", 3, "power-cut: how many")
	set.IntVar(&b.lasts, "seconds", 6, "links: how long it soaks")
	set.Uint64Var(&b.call, "call", 0, "failing: only this call")
	set.StringVar(&b.way, "way", "", "failing: only in this way, as \"EIO\"")
	set.Int64Var(&b.seed, "seed", time.Now().UnixNano()%1000000, "of the dice")
	set.IntVar(&b.jobs, "jobs", runtime.NumCPU(), "nodes at once")
	set.BoolVar(&b.keep, "keep", false, "leave the directories")
	set.StringVar(&build, "build", "build", "where the programs are")
	if len(os.Args) < 2 {
		fmt.Println("usage: fault crash|power|failing|full|power-cut|retain|links [OPTIONS]")
		os.Exit(2)
	}
	_ = set.Parse(os.Args[2:])
	build, _ = filepath.Abs(build)
	shim = filepath.Join(build, "fault", "shim.so")
	wallclock = filepath.Join(build, "fault", "wallclock.so")
	var err error
	b.work, err = os.MkdirTemp("", "lianfang-fault.")
	must(err)
	b.model = filepath.Join(b.work, "model")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-stop
		b.clean()
		os.Exit(1) // the nodes die with us: Pdeathsig
	}()
	b.try(os.Args[1], *kills, *images, *faults, *cuts)
	if os.Args[1] != "links" {
		b.sum(os.Args[1])
	}
	b.clean()
	if b.bad > 0 {
		os.Exit(1)
	}
	if b.skip != "" {
		fmt.Println(b.skip)
		os.Exit(77)
	}
}

func (b *bench) try(what string, kills, images, faults, cuts int) {
	defer b.caught()
	if what == "links" {
		must(b.links(b.lasts))
		return
	}
	b.makeModel()
	switch what {
	case "crash":
		b.crash(kills)
	case "power":
		b.power(images)
	case "failing":
		b.fail(faults)
	case "full":
		b.full()
	case "power-cut":
		b.cut(cuts)
	case "retain":
		b.retain(kills, faults, images)
	default:
		fmt.Println("unknown:", what)
		b.bad++
	}
}
