// cAdvisor as far as Docker and its page go: what its command measures by default, without the command's web pages, API, storage
// and other engines. The command is no module that could be required; the library is, and has most of its flags.
package main

import (
	"context"
	"errors"
	"flag"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/google/cadvisor/lib/cache/memory"
	"github.com/google/cadvisor/lib/container"
	"github.com/google/cadvisor/lib/manager"
	"github.com/google/cadvisor/lib/metrics"
	"github.com/google/cadvisor/lib/model"
	"github.com/google/cadvisor/lib/utils/sysfs"
	"github.com/google/cadvisor/utils/oomparser"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"

	_ "github.com/google/cadvisor/container/docker/install"
	_ "github.com/google/cadvisor/lib/fs/btrfs/install"
	_ "github.com/google/cadvisor/lib/fs/nfs/install"
	_ "github.com/google/cadvisor/lib/fs/overlay/install"
	_ "github.com/google/cadvisor/lib/fs/tmpfs/install"
	_ "github.com/google/cadvisor/lib/fs/vfs/install"
)

// What the command keeps of the past.
const kept = 2 * time.Minute

// What the command leaves out unless it is asked for.
const disabled = "advtcp,cpu_topology,cpuset,hugetlb,memory_numa,process,referenced_memory,resctrl,sched,tcp,udp"

var (
	address = flag.String("listen", "127.0.0.1:8080", "address of the page")
	ignored container.MetricSet
	labels  = flag.Bool("store_container_labels", true, "every label of a container is one of its series")
)

func main() {
	klog.InitFlags(nil)
	ignored = container.MetricSet{}
	flag.Var(&ignored, "disable_metrics", "kinds of metrics that are left out")
	if err := ignored.Set(disabled); err != nil {
		klog.Fatal(err)
	}
	flag.Parse()
	included := container.AllMetrics.Difference(ignored)
	containers, err := manager.New(memory.New(kept, nil), sysfs.NewRealSysFs(), manager.HousekeepingConfigFlags, included, []string{""}, []string{""}, "", 0)
	if err != nil {
		klog.Fatal(err)
	}
	if err := containers.Start(); err != nil {
		klog.Fatal(err)
	}
	end, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &http.Server{Addr: *address, Handler: page(withKills(containers), included)}
	go func() {
		<-end.Done()
		server.Close()
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		klog.Fatal(err)
	}
	if err := containers.Stop(); err != nil {
		klog.Fatal(err)
	}
}

// The page below /metrics: containers, machine, Go and process.
func page(containers manager.Manager, included container.MetricSet) http.Handler {
	labelled := metrics.DefaultContainerLabels
	if !*labels {
		labelled = metrics.BaseContainerLabels(nil)
	}
	latest := model.RequestOptions{IdType: model.TypeName, Count: 1, Recursive: true}
	pages := prometheus.NewRegistry()
	pages.MustRegister(
		metrics.NewPrometheusCollector(containers, labelled, included, clock.RealClock{}, latest),
		metrics.NewPrometheusMachineCollector(containers, included),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	mux := http.NewServeMux()
	mux.Handle("/metrics", promhttp.HandlerFor(pages, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	return mux
}

// A manager that knows of kills for want of memory: the library's says 0, and its command counts what the kernel logs.
type killsCounted struct {
	manager.Manager
	lock  sync.Mutex
	kills map[string]uint64
}

func withKills(containers manager.Manager) manager.Manager {
	counted := &killsCounted{Manager: containers, kills: map[string]uint64{}}
	log, err := oomparser.New()
	if err != nil {
		klog.Warningf("kills for want of memory are not counted: %v", err)
		return counted
	}
	kills := make(chan *oomparser.OomInstance, 10)
	go log.StreamOoms(kills)
	go func() {
		for kill := range kills {
			counted.lock.Lock()
			counted.kills[kill.ContainerName]++
			counted.lock.Unlock()
		}
	}()
	return counted
}

func (counted *killsCounted) GetRequestedContainersInfo(name string, options model.RequestOptions) (map[string]*model.ContainerInfo, error) {
	found, err := counted.Manager.GetRequestedContainersInfo(name, options)
	counted.lock.Lock()
	defer counted.lock.Unlock()
	for _, one := range found {
		for _, sample := range one.Stats {
			sample.OOMEvents = counted.kills[one.Name]
		}
	}
	return found, err
}
