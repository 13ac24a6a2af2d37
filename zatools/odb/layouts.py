"""The tables of our own ODBs, column by column, in the layouts of Zato 3.2 and 4.1."""

from __future__ import annotations

import re

#: How an AMQP row reaches its broker: 3.2's definition, 4.1's address.
BROKER = """
        def_id int ! ->conn_def_amqp.id 32
        address s200 ! 41
        username s200 ! 41
        password s200 ! 41
        frame_max int default=131072 41
        heartbeat int default=30 41
        unique name,def_id 32
        unique name 41"""

#: A line a column: name, type, `!` for NOT NULL, what it refers to, `default=`; `32` or `41` for one layout only.
#: Then what is unique together, and indexes with their names.
TABLES: dict[str, str] = {
    'cluster': """
        id pk=cluster_id_seq
        name s200 !
        description s1000
        odb_type s30 !
        odb_host s200
        odb_port int
        odb_user s200
        odb_db_name s200
        odb_schema s200
        broker_host s200 !
        broker_port int !
        lb_host s200 ! 32
        lb_port int ! 32
        lb_agent_port int ! 32
        cw_srv_id int
        cw_srv_keep_alive_dt datetime
        opaque1 text
        unique name""",
    'server': """
        id pk=server_id_seq
        name s200 !
        host s400
        bind_host s400
        bind_port int
        preferred_address s400
        crypto_use_tls bool
        last_join_status s40
        last_join_mod_date datetime
        last_join_mod_by s200
        up_status s40
        up_mod_date datetime
        token s32 !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'service': """
        id pk=service_id_seq
        name s200 !
        is_active bool !
        impl_name s2000 !
        is_internal bool !
        wsdl blob 32
        wsdl_name s200 32
        slow_threshold int !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'sec_base': """
        id pk=sec_base_seq
        name s200 !
        username s200
        password s1000
        password_type s45
        is_active bool !
        sec_type s45 !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique cluster_id,name
        unique cluster_id,username,sec_type""",
    'sec_basic_auth': 'id pk =>sec_base.id 32\nid pk ->sec_base.id 41\nrealm s200 !',
    'sec_apikey': 'id pk =>sec_base.id 32\nid pk ->sec_base.id 41',
    'sec_ntlm': 'id pk =>sec_base.id 32\nid pk ->sec_base.id 41',
    'sec_oauth': """
        id pk =>sec_base.id 32
        id pk ->sec_base.id 41
        proto_version s32 !
        sig_method s32 !
        max_nonce_log int !""",
    'sec_jwt 32': 'id pk =>sec_base.id\nttl int !',
    'http_soap': """
        id pk=http_soap_seq
        name s200 !
        is_active bool !
        is_internal bool !
        connection s20 !
        transport s200 !
        host s200
        url_path s200 !
        method s200
        content_encoding s200 32
        soap_action s200 !
        soap_version s20
        data_format s20
        content_type s200
        ping_method s60
        pool_size int
        serialization_type s200 ! 32
        timeout int !
        merge_url_params_req bool
        url_params_pri s200
        params_pri s200
        has_rbac bool ! 32
        sec_use_rbac bool ! 32
        cache_expiry int 32
        opaque1 text
        security_id int ->sec_base.id
        sec_tls_ca_cert_id int ->sec_tls_ca_cert.id 32
        cache_id int ->cache.id 32
        service_id int ->service.id
        cluster_id int ! ->cluster.id
        unique name,connection,transport,cluster_id
        index path_host_conn_act_clus_idx url_path,host,connection,soap_action,cluster_id""",
    'conn_def_amqp 32': """
        id pk=conn_def_amqp_seq
        name s200 !
        host s200 !
        port int !
        vhost s200 !
        username s200 !
        password s200 !
        frame_max int !
        heartbeat int !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'out_amqp': f"""
        id pk=out_amqp_seq
        name s200 !
        is_active bool !
        delivery_mode small !
        priority small ! default=5
        content_type s200
        content_encoding s200
        expiration int
        user_id s200
        app_id s200
        pool_size small !
        opaque1 text
        {BROKER}""",
    'channel_amqp': f"""
        id pk=channel_amqp_seq
        name s200 !
        is_active bool !
        queue s200 !
        consumer_tag_prefix s200 ! 32
        consumer_tag_prefix s200 41
        pool_size int !
        ack_mode s20 !
        prefetch_count int !
        data_format s20
        opaque1 text
        service_id int ! ->service.id
        {BROKER}""",
    'generic_object': """
        id pk=generic_object_seq
        name s191 !
        type_ s191 !
        subtype s191
        category_id s191
        subcategory_id s191
        creation_time datetime !
        last_modified datetime !
        category_name s191
        subcategory_name s191
        parent_object_id int
        parent_id s191
        parent_type s191
        opaque1 text
        generic_conn_def_id int
        generic_conn_def_sec_id int
        generic_conn_id int ->generic_conn.id
        generic_conn_sec_id int
        generic_conn_client_id int
        cluster_id int ! ->cluster.id
        unique-index gen_obj_uq_name_type name,type_,cluster_id
        index gen_obj_cat_id cluster_id,category_id
        index gen_obj_cat_name cluster_id,category_name
        index gen_obj_cat_subc_name cluster_id,category_name,subcategory_name
        index gen_obj_cat_subcat_id cluster_id,category_id,subcategory_id
        index gen_obj_par_id cluster_id,parent_id,parent_type
        index gen_obj_par_obj_id cluster_id,parent_object_id""",
    'sec_wss_def 32': """
        id pk =>sec_base.id
        reject_empty_nonce_creat bool !
        reject_stale_tokens bool
        reject_expiry_limit int !
        nonce_freshness_time int""",
    'sec_wss 41': 'id pk ->sec_base.id',
    'sec_mtls 41': 'id pk ->sec_base.id',
    'sec_spnego 41': 'id pk ->sec_base.id',
    'sec_aws 32': 'id pk =>sec_base.id',
    'sec_openstack 32': 'id pk =>sec_base.id',
    'sec_xpath 32': """
        id pk =>sec_base.id
        username_expr s200 !
        password_expr s200""",
    'sec_tls_key_cert 32': """
        id pk =>sec_base.id
        info blob !
        auth_data blob !""",
    'sec_tls_channel 32': 'id pk =>sec_base.id\nvalue blob !',
    'sec_vault_conn 32': """
        id pk =>sec_base.id
        url s200 !
        token s200
        default_auth_method s200
        timeout int !
        allow_redirects bool !
        tls_verify bool !
        tls_key_cert_id int ->sec_tls_key_cert.id
        tls_ca_cert_id int ->sec_tls_ca_cert.id
        service_id int ->service.id""",
    'sql_pool': """
        id pk=sql_pool_id_seq
        name s200 !
        is_active bool !
        username s200 !
        password s200 !
        db_name s200 !
        engine s200 !
        extra s200 41
        extra blob 32
        host s200 !
        port int !
        pool_size int !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique cluster_id,name""",
    'job': """
        id pk=job_id_seq
        name s200 !
        is_active bool !
        job_type s14 !
        start_date datetime !
        extra s500 41
        extra blob 32
        opaque1 text
        cluster_id int ! ->cluster.id
        service_id int ! ->service.id
        unique name,cluster_id""",
    'job_interval_based': """
        id pk=job_intrvl_seq
        weeks int
        days int
        hours int
        minutes int
        seconds int
        repeats int
        opaque1 text
        job_id int ! ->job.id
        unique job_id""",
    'job_cron_style 32': """
        id pk=job_cron_seq
        cron_definition s4000 !
        opaque1 text
        job_id int ! ->job.id
        unique job_id""",
    'email_smtp': """
        id pk=email_smtp_seq
        name s200 !
        is_active bool !
        host s400 !
        port int !
        timeout int !
        is_debug bool !
        username s400
        password s400
        mode s20 !
        ping_address s200 !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'email_imap': """
        id pk=email_imap_seq
        name s200 !
        is_active bool !
        host s400 !
        port int !
        timeout int !
        debug_level int !
        username s400
        password s400
        mode s20 !
        get_criteria s2000 !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'out_odoo': """
        id pk=out_odoo_seq
        name s200 !
        is_active bool !
        host s200 !
        port int ! default=8069
        user s200 !
        database s200 !
        protocol s200 !
        pool_size int ! default=3
        password s400 !
        client_type s40 ! default=openerp-client-lib
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'pubsub_topic': """
        id pk=pubsub_topic_id_seq 41
        name s400 ! 41
        description text 41
        id pk=pubsub_topic_seq 32
        name s200 ! 32
        is_active bool !
        created datetime ! 41
        last_updated datetime ! 41
        is_internal bool ! 32
        max_depth_gd int ! 32
        max_depth_non_gd int ! 32
        depth_check_freq int ! 32
        has_gd bool ! 32
        is_api_sub_allowed bool ! 32
        pub_buffer_size_gd int ! default=0 32
        task_sync_interval int ! default=500 32
        task_delivery_interval int ! default=2000 32
        opaque1 text
        hook_service_id int ->service.id 32
        cluster_id int ! ->cluster.id
        unique name,cluster_id 41
        index pubsb_tp_clust_idx cluster_id 32
        unique-index pubsb_tp_id_idx cluster_id,id 32
        unique-index pubsb_tp_name_idx cluster_id,name 32""",
    'pubsub_endpoint 32': """
        id pk=pubsub_endp_seq
        name s200 !
        is_internal bool ! default=false
        is_active bool ! default=true
        endpoint_type s40 !
        last_seen big
        last_pub_time big
        last_sub_time big
        last_deliv_time big
        role s40 !
        tags text
        topic_patterns text
        pub_tag_patterns text
        message_tag_patterns text
        opaque1 text
        service_id int ->service.id
        security_id int ->sec_base.id
        gen_conn_id int ->generic_conn.id
        ws_channel_id int ->channel_web_socket.id
        cluster_id int ! ->cluster.id
        unique cluster_id,security_id
        unique cluster_id,service_id
        unique cluster_id,ws_channel_id
        index pubsb_endp_clust_idx cluster_id
        unique-index pubsb_endp_id_idx cluster_id,id
        unique-index pubsb_endp_name_idx cluster_id,name""",
    'pubsub_sub 32': """
        id pk=pubsub_sub_seq
        is_internal bool !
        creation_time n20.7 !
        sub_key s200 !
        sub_pattern_matched text !
        deliver_by text
        ext_client_id text
        is_durable bool !
        has_gd bool !
        active_status s200 !
        is_staging_enabled bool !
        delivery_method s200 !
        delivery_data_format s200 !
        delivery_endpoint text
        last_interaction_time n20.7
        last_interaction_type s200
        last_interaction_details text
        delivery_batch_size int !
        wrap_one_msg_in_list bool !
        delivery_max_size int !
        delivery_max_retry int !
        delivery_err_should_block bool !
        wait_sock_err int !
        wait_non_sock_err int !
        hook_service_id int ->service.id
        out_http_method text
        amqp_exchange text
        amqp_routing_key text
        files_directory_list text
        ftp_directory_list text
        sms_twilio_from text
        sms_twilio_to_list text
        smtp_subject text
        smtp_from text
        smtp_to_list text
        smtp_body text
        smtp_is_html bool
        opaque1 text
        topic_id int ! ->pubsub_topic.id
        endpoint_id int ->pubsub_endpoint.id
        out_job_id int ->job.id
        out_http_soap_id int ->http_soap.id
        out_smtp_id int ->email_smtp.id
        out_amqp_id int ->out_amqp.id
        out_gen_conn_id int ->generic_conn.id
        ws_channel_id int ->channel_web_socket.id
        server_id int ->server.id
        cluster_id int ->cluster.id
        index pubsb_sub_clust_endpt_idx cluster_id,endpoint_id,topic_id
        index pubsb_sub_clust_idx cluster_id
        unique-index pubsb_sub_clust_subk sub_key
        unique-index pubsb_sub_id_idx cluster_id,id""",
    'pubsub_permission 41': """
        id pk=pubsub_permission_id_seq
        pattern s400 !
        access_type s20 !
        is_active bool !
        created datetime !
        last_updated datetime !
        cluster_id int ! ->cluster.id
        sec_base_id int ! ->sec_base.id
        unique sec_base_id,pattern,access_type,cluster_id""",
    'pubsub_subscription 41': """
        id pk=pubsub_subscription_id_seq
        sub_key s200 !
        created datetime !
        last_updated datetime !
        is_pub_active bool !
        is_delivery_active bool !
        delivery_type s20 !
        push_type s20
        cluster_id int ! ->cluster.id
        sec_base_id int ! ->sec_base.id
        rest_push_endpoint_id int ->http_soap.id
        push_service_name s400
        index pubsub_sub_key_idx sub_key""",
    'pubsub_subscription_topic 41': """
        id pk=pubsub_subscription_topic_id_seq
        pattern_matched s400 !
        is_pub_enabled bool !
        is_delivery_enabled bool !
        subscription_id int ! ->pubsub_subscription.id
        topic_id int ! ->pubsub_topic.id
        cluster_id int ! ->cluster.id
        unique subscription_id,topic_id,cluster_id""",
    'cache 32': """
        id pk=cache_builtin_seq
        name s200 !
        is_active bool !
        is_default bool !
        cache_type s45 !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'cache_builtin 32': """
        cache_id pk =>cache.id
        max_size int !
        max_item_size int !
        extend_expiry_on_get bool !
        extend_expiry_on_set bool !
        sync_method s20 !
        persistent_storage s40 !""",
    'cache_memcached 32': """
        cache_id pk =>cache.id
        servers text !
        is_debug bool !
        extra blob""",
    'notif 32': """
        id pk=sec_base_seq
        name s200 !
        is_active bool !
        notif_type s45 !
        interval int !
        name_pattern s2000
        name_pattern_neg bool
        get_data bool
        get_data_patt s2000
        get_data_patt_neg bool
        service_id int ! ->service.id
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'notif_sql 32': """
        id int ! =>notif.id PK
        query text !
        def_id int ! =>sql_pool.id PK""",
    'notif_os_swift 32': """
        id int ! =>notif.id PK
        containers s16380 !
        def_id int ! =>os_swift.id PK""",
    'sec_tls_ca_cert 32': """
        id pk=sec_tls_ca_cert_seq
        name s200 !
        value blob !
        info blob !
        is_active bool !
        opaque1 text
        cluster_id int ! ->cluster.id""",
    'channel_web_socket 32': """
        id pk=web_socket_chan_seq
        name s200 !
        is_active bool !
        is_internal bool !
        is_out bool !
        address s200 !
        data_format s20 !
        new_token_wait_time int !
        token_ttl int !
        opaque1 text
        service_id int ->service.id
        cluster_id int ! ->cluster.id
        security_id int ->sec_base.id
        unique address,cluster_id
        unique name,cluster_id""",
    'channel_wmq 32': """
        id pk=channel_wmq_seq
        name s200 !
        is_active bool !
        queue s200 !
        data_format s20
        opaque1 text
        service_id int ! ->service.id
        def_id int ! ->conn_def_wmq.id
        unique name,def_id""",
    'out_wmq 32': """
        id pk=out_wmq_seq
        name s200 !
        is_active bool !
        delivery_mode small !
        priority small ! default=5
        expiration s20
        opaque1 text
        def_id int ! ->conn_def_wmq.id
        unique name,def_id""",
    'conn_def_wmq 32': """
        id pk=conn_def_wmq_seq
        name s200 !
        host s200 !
        port int !
        queue_manager s200
        channel s200 !
        cache_open_send_queues bool !
        cache_open_receive_queues bool !
        use_shared_connections bool !
        dynamic_queue_template s200 ! default=SYSTEM.DEFAULT.MODEL.QUEUE
        ssl bool !
        ssl_cipher_spec s200
        ssl_key_repository s200
        needs_mcd bool !
        use_jms bool !
        max_chars_printed int !
        username s100
        password s200
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'channel_zmq 32': """
        id pk=channel_zmq_seq
        name s200 !
        is_active bool !
        address s200 !
        socket_type s20 !
        sub_key s200
        data_format s20
        socket_method s20 !
        pool_strategy s20 !
        service_source s20 !
        opaque1 text
        service_id int ! ->service.id
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'out_zmq 32': """
        id pk=out_zmq_seq
        name s200 !
        is_active bool !
        address s200 !
        socket_type s20 !
        socket_method s20 !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'conn_def_cassandra 32': """
        id pk=conn_def_cassandra_seq
        name s200 !
        is_active bool !
        contact_points s400 !
        port int !
        exec_size int !
        proto_version int !
        cql_version int
        default_keyspace s400 !
        username s200
        password s200
        tls_ca_certs s200
        tls_client_cert s200
        tls_client_priv_key s200
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'query_cassandra 32': """
        id pk=query_cassandra_seq
        name s200 !
        is_active bool !
        value blob !
        opaque1 text
        cluster_id int ! ->cluster.id
        def_id int ! ->conn_def_cassandra.id
        unique name,cluster_id""",
    'out_ftp 32': """
        id pk=out_ftp_seq
        name s200 !
        is_active bool !
        host s200 !
        user s200
        password s200
        acct s200
        timeout int
        port int ! default=21
        dircache bool !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'out_sap 32': """
        id pk=out_sap_seq
        name s200 !
        is_active bool !
        host s200 !
        sysnr s3 default=00
        user s200 !
        client s4 !
        sysid s4 !
        password s400 !
        pool_size int ! default=1
        router s400
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'search_es 32': """
        id pk=search_es_seq
        name s200 !
        is_active bool !
        hosts s400 !
        timeout int !
        body_as s45 !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'search_solr 32': """
        id pk=search_solr_seq
        name s200 !
        is_active bool !
        address s400 !
        timeout int !
        ping_path s40 !
        options s800
        pool_size int !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'aws_s3 32': """
        id pk=aws_s3_seq
        name s200 !
        is_active bool !
        pool_size int !
        address s200 !
        debug_level int !
        suppr_cons_slashes bool !
        content_type s200 !
        metadata_ s2000
        bucket s2000
        encrypt_at_rest bool !
        storage_class s200 !
        opaque1 text
        security_id int ! ->sec_base.id
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'os_swift 32': """
        id pk=os_swift_seq
        name s200 !
        is_active bool !
        pool_size int !
        auth_url s200 !
        auth_version s200 !
        user s200
        secret_key s200
        retries int !
        is_snet bool !
        starting_backoff int !
        max_backoff int !
        tenant_name s200
        should_validate_cert bool !
        cacert s200
        should_retr_ratelimit bool !
        needs_tls_compr bool !
        custom_options s2000
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'sms_twilio 32': """
        id pk=sms_twilio_id_seq
        name s200 !
        is_active bool !
        is_internal bool !
        account_sid s200 !
        auth_token s200 !
        default_from s200
        default_to s200
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'msg_ns 32': """
        id pk=msg_ns_seq
        name s200 !
        value s500 !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'rbac_role 32': """
        id pk=rbac_role_seq
        name s200 !
        parent_id int ->rbac_role.id
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'rbac_perm 32': """
        id pk=rbac_perm_seq
        name s200 !
        opaque1 text
        cluster_id int ! ->cluster.id
        unique name,cluster_id""",
    'rbac_client_role 32': """
        id pk=rbac_cli_rol_seq
        name s400 !
        client_def s200 !
        opaque1 text
        role_id int ! ->rbac_role.id
        cluster_id int ! ->cluster.id
        unique client_def,role_id,cluster_id""",
    'rbac_role_perm 32': """
        id pk=rbac_role_perm_seq
        opaque1 text
        role_id int ! ->rbac_role.id
        perm_id int ! ->rbac_perm.id
        service_id int ! ->service.id
        cluster_id int ! ->cluster.id
        unique role_id,perm_id,service_id,cluster_id""",
    'generic_conn': """
        id pk=generic_conn_def_seq
        name s200 !
        type_ s200 !
        is_active bool !
        is_internal bool !
        cache_expiry int
        address text
        port int
        timeout int
        data_format s60
        opaque1 text
        is_channel bool !
        is_outconn bool !
        version s200
        extra text
        pool_size int 41
        pool_size int ! 32
        username s1000
        username_type s45
        secret s1000
        secret_type s45
        sec_use_rbac bool ! 32
        conn_def_id int
        cache_id int ->cache.id 32
        cluster_id int ! ->cluster.id
        unique name,type_,cluster_id""",
}

#: The sequences that give out the ids of a table; some are named otherwise, and two tables may share one.
SEQUENCES: dict[str, tuple[str, ...]] = {
    title.partition(' ')[0]: tuple(re.findall(r'pk=(\w+)', text)) for title, text in TABLES.items()
}
